// The requests of the measured time: gets and sets in a random mix over uniformly random keys.

#ifndef RINGCACHED_BENCH_LOAD_WORKLOAD_H_
#define RINGCACHED_BENCH_LOAD_WORKLOAD_H_

#include <cstdint>
#include <random>

#include "bench/load/request.h"

namespace ringcached::load {

class Workload {
 public:
  // REQUIRES: key_count > 0, sets + gets > 0. The same seed gives the same requests.
  Workload(uint64_t key_count, uint32_t sets, uint32_t gets, uint64_t seed)
      : random_(seed), key_(0, key_count - 1), part_(1, uint64_t{sets} + gets), sets_(sets) {}

  Request Next() {
    const Command command = part_(random_) <= sets_ ? Command::kSet : Command::kGet;
    return {command, key_(random_)};
  }

 private:
  std::mt19937_64 random_;
  std::uniform_int_distribution<uint64_t> key_;
  std::uniform_int_distribution<uint64_t> part_;
  uint64_t sets_;
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_WORKLOAD_H_
