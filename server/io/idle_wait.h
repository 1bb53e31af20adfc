// When a ring has had nothing to do for a while: the memory of its receive buffers, which a burst
// has used, is then given back.

#ifndef RINGCACHED_SERVER_IO_IDLE_WAIT_H_
#define RINGCACHED_SERVER_IO_IDLE_WAIT_H_

#include <algorithm>

#include "server/io/ring.h"

namespace ringcached::server {

class IdleWait {
 public:
  static constexpr int kIdleMs = 1000;

  // How long a turn may wait, of `timeout_ms`, if there is something to be given back.
  static int Bounded(int timeout_ms, bool has_something) {
    if (!has_something || timeout_ms == Ring::kWaitBriefly) return timeout_ms;
    return timeout_ms == Ring::kWaitForever ? kIdleMs : std::min(timeout_ms, kIdleMs);
  }

  // Of a turn that asked to wait so long: whether nothing has come now for kIdleMs in all. Waits
  // that a signal cut short count whole.
  bool HasPassed(int waited_ms, bool nothing_came) {
    idle_ms_ = nothing_came ? idle_ms_ + std::max(waited_ms, 0) : 0;
    if (idle_ms_ < kIdleMs) return false;
    idle_ms_ = 0;
    return true;
  }

 private:
  int idle_ms_ = 0;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_IDLE_WAIT_H_
