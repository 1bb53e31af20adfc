// What is asked for, free of the protocol that asks.

#ifndef RINGCACHED_BENCH_LOAD_REQUEST_H_
#define RINGCACHED_BENCH_LOAD_REQUEST_H_

#include <cstdint>

namespace ringcached::load {

enum class Command : uint8_t { kGet, kSet };

struct Request {
  Command command;
  uint64_t key;  // a number of the run's KeySpace
  // Of a get: so many keys at once, KeySpace::Nth() of the first.
  uint32_t key_count = 1;
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_REQUEST_H_
