// The difference of two counters, as a counter. They are read one after the other while others add
// to them, so that a plain difference may be lower than the one before; Prometheus takes a counter
// that falls for one that began anew, and adds all of it once more.

#ifndef RINGCACHED_SERVER_ADMIN_MONOTONIC_DIFFERENCE_H_
#define RINGCACHED_SERVER_ADMIN_MONOTONIC_DIFFERENCE_H_

#include <algorithm>
#include <cstdint>

namespace ringcached::server {

// Not thread-safe.
class MonotonicDifference {
 public:
  // Never less than before. What `part` counts is counted in `whole` before.
  uint64_t Of(uint64_t whole, uint64_t part) {
    last_ = std::max(last_, whole - std::min(whole, part));
    return last_;
  }

 private:
  uint64_t last_ = 0;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_MONOTONIC_DIFFERENCE_H_
