// The ring over io_uring: multishot accept and receive, receive buffers that the kernel picks,
// descriptors in the ring's own table, and one system call a turn.
//
// Beyond ring.h:
//  - SubmitAndWait() may return early with nothing, after a signal or when only internal
//    operations (a shutdown, a cancellation) came to an end.
//  - Completions carry the id with which their operation was armed. One that names an earlier
//    generation of its slot is delivered as it is; its reactor compares ids.
//  - Receives that found no buffer wait for their turn: armed again, at most `receive_buffers` of
//    them are submitted a turn, in the order of their arming.
//  - A send to a full socket comes back unsent if the other direction has been ended, by whomever:
//    the kernel takes that for a reason to try again, and soon gives up. The ring keeps such a send
//    and tries it every kSendRetryMs.
//  - Shutdown() runs in the kernel's worker threads. Close() waits for it inside the ring, or it
//    would hit the next connection of the slot.
//  - The ring is destroyed on the thread that made it.

#ifndef RINGCACHED_SERVER_IO_IO_URING_RING_H_
#define RINGCACHED_SERVER_IO_IO_URING_RING_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/io/buffer_ring.h"
#include "server/io/descriptor.h"
#include "server/io/idle_wait.h"
#include "server/io/io_uring.h"
#include "server/io/io_uring_queue.h"
#include "server/io/ring.h"
#include "server/io/slot_fifo.h"
#include "server/io/user_data.h"
#include "server/io/wake_event.h"

namespace ringcached::server {

class IoUringRing final : public Ring {
 public:
  IoUringRing(const RingOptions& options, const IoUringFeatures& features, WakeEvent wake_event);
  absl::Status Init(IoUringQueueSizes sizes);

  void ArmAccept(uint32_t listener, int listen_fd) override;
  void CancelAccept(uint32_t listener) override;
  absl::Status Attach(ConnectionId id, int fd) override;
  void ArmReceive(ConnectionId id) override;
  void CancelReceive(ConnectionId id) override;
  void Send(ConnectionId id, const msghdr* message) override;
  void Shutdown(ConnectionId id, int how) override;
  void Close(ConnectionId id) override;
  std::span<const Completion> SubmitAndWait(int timeout_ms) override;
  void Wake() override { wake_event_.Signal(); }
  const RingCounters& counters() const override { return counters_; }
  std::string Describe() const override;

  static constexpr int kSendRetryMs = 20;

 private:
  struct Slot {
    uint32_t generation = 0;
    uint32_t shutdowns_in_flight = 0;
    UniqueFd fd;  // invalid with direct descriptors
    bool attached = false;
    bool closing = false;
    bool receive_armed = false;
    bool send_in_flight = false;
    bool found_no_buffer = false;     // the last receive ended with -ENOBUFS
    bool waits_for_buffer = false;    // armed, but still in waiting_for_buffer_
    bool cancel_when_armed = false;   // CancelReceive() came while it waited
    bool tries_sends = false;         // a send came back unsent: none waits in the kernel any more
    const msghdr* message = nullptr;  // of the send in flight
  };

  absl::Status RegisterBuffers();
  Slot& SlotOf(ConnectionId id);
  Slot* LiveSlot(ConnectionId id);

  static void Aim(io_uring_sqe* entry, ConnectionId id, const Slot& slot);
  void QueueReceive(ConnectionId id, const Slot& slot);
  void QueueReceivesThatWaited();
  void QueueSend(ConnectionId id, const Slot& slot);
  // Queues the sends that came back unsent, if it is time; how long to wait until it is again, if
  // that is sooner than `timeout_ms`.
  int RetrySends(int timeout_ms);
  bool FinishSend(ConnectionId id, int result);
  void QueueCancel(Operation operation, ConnectionId id);
  void QueueClose(ConnectionId id, Slot& slot);
  void QueueWakeRead();

  // Without deferred task work the kernel may be receiving at any time.
  bool may_discard_buffers() const { return features_.defer_taskrun && buffers_.used_bytes() > 0; }
  std::span<const Completion> Reap();
  bool Translate(const io_uring_cqe& cqe, Completion& completion);
  void FinishReceive(const io_uring_cqe& cqe, Completion& completion);
  void FinishShutdown(ConnectionId id);

  RingOptions options_;
  IoUringFeatures features_;
  RingCounters counters_;
  WakeEvent wake_event_;
  uint64_t wake_count_ = 0;              // where the armed read of wake_event_ writes
  std::vector<Slot> slots_;              // as many as were ever attached at a time
  std::vector<Completion> completions_;  // of the last turn; never grows beyond what is reserved
  bool ran_out_of_buffers_ = false;      // in the last turn
  IdleWait idle_wait_;
  SlotFifo waiting_for_buffer_;
  SlotFifo unsent_;  // slots whose send is in flight for the reactor, but not with the kernel
  std::chrono::steady_clock::time_point retry_sends_at_;
  IoUringQueue queue_;  // destroyed before the memory and descriptors that its operations use
  BufferRing buffers_;  // destroyed first: unregisters itself from queue_
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_IO_URING_RING_H_
