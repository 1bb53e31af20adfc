// What the rest of server/io and its tests need of the io_uring ring, without <liburing.h>.

#ifndef RINGCACHED_SERVER_IO_IO_URING_H_
#define RINGCACHED_SERVER_IO_IO_URING_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "server/io/ring.h"
#include "server/io/ring_factory.h"

namespace ringcached::server {

// Entries of the two queues, rounded up to powers of two by the kernel. Too small a submission
// queue costs system calls, too small a completion queue ends multishot operations early; neither
// loses anything.
struct IoUringQueueSizes {
  uint32_t submissions = 0;
  uint32_t completions = 0;
};

// Sizes at which a queue is seldom full, since all of their memory is resident from the start; and
// small enough for sixteen such rings within RLIMIT_MEMLOCK.
IoUringQueueSizes QueueSizesFor(const RingOptions& options);

// Halves both as far as a ring still works; false when there is nothing left to halve.
bool Halve(IoUringQueueSizes& sizes);

// Makes an io_uring ring of the calling thread with `features`, none of which ProbeIoUring()
// denies. Those that need a resource (direct descriptors, the registered ring) are done without
// where this ring gets none.
absl::StatusOr<std::unique_ptr<Ring>> MakeIoUringRing(const RingOptions& options,
                                                      const IoUringFeatures& features,
                                                      IoUringQueueSizes sizes);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_IO_URING_H_
