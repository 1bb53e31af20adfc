#include "server/io/wake_event.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>

#include "server/io/require.h"

namespace ringcached::server {

// Blocking on purpose: io_uring answers a read of a non-blocking descriptor with EAGAIN at once,
// where a blocking one is waited for inside the ring. Signal() cannot block: the counter would have
// to reach 2^64 - 1.
absl::StatusOr<WakeEvent> WakeEvent::Create() {
  UniqueFd fd(::eventfd(0, EFD_CLOEXEC));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "cannot create an eventfd");
  return WakeEvent(std::move(fd));
}

void WakeEvent::Signal() const {
  const uint64_t one = 1;
  ssize_t written = 0;
  do {
    written = ::write(fd_.get(), &one, sizeof(one));
  } while (written < 0 && errno == EINTR);
  Require(written == sizeof(one), "writing an eventfd failed");
}

}  // namespace ringcached::server
