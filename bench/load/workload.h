// The requests of the measured time: gets and sets in a random mix over random keys.

#ifndef RINGCACHED_BENCH_LOAD_WORKLOAD_H_
#define RINGCACHED_BENCH_LOAD_WORKLOAD_H_

#include <cstdint>
#include <random>

#include "bench/load/request.h"
#include "bench/load/zipf.h"

namespace ringcached::load {

struct Mix {
  uint32_t sets = 1;  // sets : gets
  uint32_t gets = 10;
  uint32_t keys_per_get = 1;
  double zipf_exponent = 0;  // 0: every key is as likely as any other
};

class Workload {
 public:
  // REQUIRES: key_count > 0, mix.sets + mix.gets > 0. The same seed gives the same requests.
  Workload(uint64_t key_count, const Mix& mix, uint64_t seed)
      : random_(seed),
        key_(key_count, mix.zipf_exponent),
        part_(1, uint64_t{mix.sets} + mix.gets),
        mix_(mix) {}

  Request Next() {
    const bool sets = mix_.sets > 0 && part_(random_) <= mix_.sets;
    const uint64_t key = key_(random_);
    return sets ? Request{Command::kSet, key} : Request{Command::kGet, key, mix_.keys_per_get};
  }

 private:
  std::mt19937_64 random_;
  ZipfKeys key_;
  std::uniform_int_distribution<uint64_t> part_;
  const Mix mix_;
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_WORKLOAD_H_
