// Chooses and makes a ring.

#ifndef RINGCACHED_SERVER_IO_RING_FACTORY_H_
#define RINGCACHED_SERVER_IO_RING_FACTORY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/io/ring.h"

namespace ringcached::server {

enum class IoBackend { kAuto, kIoUring, kEpoll };

// io_uring features that a kernel or a container may lack. All are used when the kernel has them;
// clearing one makes the ring do without, which is how the fallbacks are tested.
struct IoUringFeatures {
  bool multishot_accept = true;
  bool multishot_receive = true;
  bool direct_descriptors = true;
  bool defer_taskrun = true;  // SINGLE_ISSUER | DEFER_TASKRUN
  bool registered_ring_fd = true;
};

// Whether this process may use io_uring and which features the kernel has, found by trying.
// Unavailable, with the reason for people, where it may not (container profile,
// kernel.io_uring_disabled, too old a kernel).
absl::StatusOr<IoUringFeatures> ProbeIoUring();

// Makes a ring of the calling thread. kAuto: io_uring where ProbeIoUring() allows it and enough
// memory may be locked, else epoll; ProbeIoUring() or kIoUring tell why. InvalidArgument for
// options out of range.
absl::StatusOr<std::unique_ptr<Ring>> MakeRing(IoBackend backend, const RingOptions& options,
                                               const IoUringFeatures& wanted = {});

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_RING_FACTORY_H_
