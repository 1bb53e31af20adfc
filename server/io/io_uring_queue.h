// The submission and completion queues of one io_uring instance: set-up that fits into the limits
// of the process, submission that never loses an operation, and one system call per turn.

#ifndef RINGCACHED_SERVER_IO_IO_URING_QUEUE_H_
#define RINGCACHED_SERVER_IO_IO_URING_QUEUE_H_

#include <liburing.h>

#include <cstdint>

#include "absl/status/status.h"
#include "server/io/io_uring.h"

namespace ringcached::server {

class IoUringQueue {
 public:
  IoUringQueue() = default;
  IoUringQueue(const IoUringQueue&) = delete;
  IoUringQueue& operator=(const IoUringQueue&) = delete;
  // Ends what is still in flight before the ring goes: nothing touches its memory afterwards.
  ~IoUringQueue();

  // Creates the queues for the calling thread. Where memory may not be locked, raises
  // RLIMIT_MEMLOCK as far as allowed, then halves the sizes; ResourceExhausted when even the
  // smallest do not fit. Without `defer_taskrun`, or on a kernel that lacks it, the ring runs its
  // completion work whenever the thread enters the kernel. Called once.
  absl::Status Init(IoUringQueueSizes sizes, bool defer_taskrun);

  // Saves the lookup of the ring's descriptor on every enter; false where the kernel cannot.
  bool RegisterRingFd();

  // An empty entry, submitted by the next Enter(). When the queue is full, submits what is there.
  io_uring_sqe* NextEntry();

  // Submits and waits for a completion, `timeout_ms` (0: polls; negative: no limit) or a signal, in
  // one system call; none if completions are there and nothing is to be submitted.
  void Enter(int timeout_ms);

  // Completions that are ready now; at(i) for i below that. Pop() gives `count` of them back.
  uint32_t ready() const { return io_uring_cq_ready(&ring_); }
  const io_uring_cqe& at(uint32_t i) const {
    return ring_.cq.cqes[(*ring_.cq.khead + i) & ring_.cq.ring_mask];
  }
  void Pop(uint32_t count) { io_uring_cq_advance(&ring_, count); }

  // Whether the kernel holds completions back because the completion queue is full.
  bool overflowed() const { return io_uring_cq_has_overflow(&ring_); }

  bool defers_taskrun() const { return (ring_.flags & IORING_SETUP_DEFER_TASKRUN) != 0; }
  uint64_t submit_retries() const { return submit_retries_; }
  io_uring* raw() { return &ring_; }

 private:
  int TryInit(IoUringQueueSizes sizes, bool defer_taskrun);
  void SubmitToMakeRoom();

  io_uring ring_ = {};
  bool initialised_ = false;
  uint64_t submit_retries_ = 0;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_IO_URING_QUEUE_H_
