// The clock of all durations here.

#ifndef RINGCACHED_BENCH_LOAD_CLOCK_H_
#define RINGCACHED_BENCH_LOAD_CLOCK_H_

#include <chrono>
#include <cstdint>

namespace ringcached::load {

inline int64_t NowNs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_CLOCK_H_
