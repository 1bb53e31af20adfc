#include "server/io/io_uring_ring.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/io/require.h"

// Invariants:
//  - Per attached slot at most one receive and one send are with the kernel, each known by
//    receive_armed and send_in_flight. Both are false, and no shutdown is in flight, when its close
//    is submitted: a close beside an armed receive would leave the peer without an end of file.
//  - Every completion with IORING_CQE_F_BUFFER goes through buffers_.Take(), whatever its result.
//  - A slot is in unsent_ at most once, and then its send is not with the kernel.
//  - A slot is in waiting_for_buffer_ exactly while waits_for_buffer is true.
//  - One read of wake_event_ is with the kernel, or queued to be, at all times.

namespace ringcached::server {
namespace {

constexpr uint32_t kMinReceiveBuffers = 256;
constexpr int kAcceptFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;

ConnectionId ListenerId(uint32_t listener) { return {.slot = listener, .generation = 0}; }

// Marks a prepared entry; after preparing, because some versions of liburing clear user_data then.
void Mark(io_uring_sqe* entry, Operation operation, ConnectionId id) {
  io_uring_sqe_set_data64(entry, UserData{operation, id}.Pack());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Ring>> MakeIoUringRing(const RingOptions& options,
                                                      const IoUringFeatures& features,
                                                      IoUringQueueSizes sizes) {
  absl::StatusOr<WakeEvent> wake_event = WakeEvent::Create();
  if (!wake_event.ok()) return wake_event.status();
  auto ring = std::make_unique<IoUringRing>(options, features, *std::move(wake_event));
  if (absl::Status status = ring->Init(sizes); !status.ok()) return status;
  return ring;
}

IoUringRing::IoUringRing(const RingOptions& options, const IoUringFeatures& features,
                         WakeEvent wake_event)
    : options_(options),
      features_(features),
      wake_event_(std::move(wake_event)),
      waiting_for_buffer_(options.max_connections),
      unsent_(options.max_connections) {
  completions_.reserve(options.max_completions_per_turn);
}

absl::Status IoUringRing::Init(IoUringQueueSizes sizes) {
  if (absl::Status status = queue_.Init(sizes, features_.defer_taskrun); !status.ok()) {
    return status;
  }
  if (absl::Status status = RegisterBuffers(); !status.ok()) return status;
  // RLIMIT_NOFILE bounds the table; ordinary descriptors do where it is too small.
  features_.direct_descriptors =
      features_.direct_descriptors &&
      io_uring_register_files_sparse(queue_.raw(), options_.max_connections) == 0;
  features_.registered_ring_fd = features_.registered_ring_fd && queue_.RegisterRingFd();
  features_.defer_taskrun = queue_.defers_taskrun();
  QueueWakeRead();
  return absl::OkStatus();
}

// Fewer buffers where only a smaller ring of them may be locked; below a page nothing is saved.
absl::Status IoUringRing::RegisterBuffers() {
  uint32_t count = options_.receive_buffers;
  absl::Status status;
  do {
    status = buffers_.Register(queue_.raw(), count, options_.receive_buffer_bytes);
    count /= 2;
  } while (absl::IsResourceExhausted(status) && count >= kMinReceiveBuffers);
  return status;
}

IoUringRing::Slot& IoUringRing::SlotOf(ConnectionId id) {
  Require(id.slot < slots_.size(), "a slot is below max_connections");
  Slot& slot = slots_[id.slot];
  Require(slot.attached && slot.generation == id.generation, "the id is not attached");
  Require(!slot.closing, "nothing follows Close()");
  return slot;
}

// The slot if it still belongs to `id`, or null: a completion may come too late for its connection.
IoUringRing::Slot* IoUringRing::LiveSlot(ConnectionId id) {
  Slot& slot = slots_[id.slot];
  return slot.attached && slot.generation == id.generation ? &slot : nullptr;
}

// Points a prepared entry at the connection: its place in the ring's table, or its descriptor.
void IoUringRing::Aim(io_uring_sqe* entry, ConnectionId id, const Slot& slot) {
  if (slot.fd.valid()) {
    entry->fd = slot.fd.get();
  } else {
    entry->fd = static_cast<int>(id.slot);
    io_uring_sqe_set_flags(entry, entry->flags | IOSQE_FIXED_FILE);
  }
}

void IoUringRing::ArmAccept(uint32_t listener, int listen_fd) {
  io_uring_sqe* entry = queue_.NextEntry();
  if (features_.multishot_accept) {
    io_uring_prep_multishot_accept(entry, listen_fd, nullptr, nullptr, kAcceptFlags);
  } else {
    io_uring_prep_accept(entry, listen_fd, nullptr, nullptr, kAcceptFlags);
  }
  Mark(entry, Operation::kAccept, ListenerId(listener));
}

void IoUringRing::CancelAccept(uint32_t listener) {
  QueueCancel(Operation::kAccept, ListenerId(listener));
}

absl::Status IoUringRing::Attach(ConnectionId id, int fd) {
  UniqueFd owned(fd);
  Require(id.slot < options_.max_connections, "a slot is below max_connections");
  if (id.slot >= slots_.size()) slots_.resize(size_t{id.slot} + 1);
  Slot& slot = slots_[id.slot];
  Require(!slot.attached, "Attach() needs a free slot");
  Require(id.generation <= kGenerationMask, "a generation has 24 bits");
  if (features_.direct_descriptors) {
    const int updated = io_uring_register_files_update(queue_.raw(), id.slot, &fd, 1);
    if (updated < 0) return absl::ErrnoToStatus(-updated, "cannot take a connection into the ring");
    owned.Reset();
  }
  slot = Slot{.generation = id.generation, .fd = std::move(owned), .attached = true};
  return absl::OkStatus();
}

void IoUringRing::ArmReceive(ConnectionId id) {
  Slot& slot = SlotOf(id);
  Require(!slot.receive_armed, "one receive at a time");
  slot.receive_armed = true;
  if (slot.found_no_buffer) {
    slot.waits_for_buffer = true;
    waiting_for_buffer_.Push(id.slot);
  } else {
    QueueReceive(id, slot);
  }
}

void IoUringRing::QueueReceive(ConnectionId id, const Slot& slot) {
  io_uring_sqe* entry = queue_.NextEntry();
  if (features_.multishot_receive) {
    io_uring_prep_recv_multishot(entry, 0, nullptr, 0, 0);
  } else {
    io_uring_prep_recv(entry, 0, nullptr, 0, 0);
  }
  Aim(entry, id, slot);
  io_uring_sqe_set_flags(entry, entry->flags | IOSQE_BUFFER_SELECT);
  entry->buf_group = BufferRing::kGroup;
  Mark(entry, Operation::kReceive, id);
}

// Without this limit, many connections on few buffers would all be armed, and nearly all end with
// -ENOBUFS again, every turn.
void IoUringRing::QueueReceivesThatWaited() {
  const uint32_t count = std::min(waiting_for_buffer_.size(), buffers_.offered());
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t number = waiting_for_buffer_.Pop();
    Slot& slot = slots_[number];
    const ConnectionId id = {.slot = number, .generation = slot.generation};
    slot.waits_for_buffer = false;
    slot.found_no_buffer = false;
    QueueReceive(id, slot);
    if (slot.cancel_when_armed) QueueCancel(Operation::kReceive, id);
    slot.cancel_when_armed = false;
  }
}

void IoUringRing::CancelReceive(ConnectionId id) {
  Slot& slot = SlotOf(id);
  if (slot.waits_for_buffer) {
    slot.cancel_when_armed = true;
  } else if (slot.receive_armed) {
    QueueCancel(Operation::kReceive, id);
  }
}

void IoUringRing::QueueCancel(Operation operation, ConnectionId id) {
  io_uring_sqe* entry = queue_.NextEntry();
  io_uring_prep_cancel64(entry, UserData{operation, id}.Pack(), 0);
  io_uring_sqe_set_flags(entry, IOSQE_CQE_SKIP_SUCCESS);
  Mark(entry, Operation::kCancel, id);
}

void IoUringRing::Send(ConnectionId id, const msghdr* message) {
  Slot& slot = SlotOf(id);
  Require(!slot.send_in_flight, "one send at a time");
  slot.send_in_flight = true;
  slot.message = message;
  QueueSend(id, slot);
}

void IoUringRing::QueueSend(ConnectionId id, const Slot& slot) {
  const int flags = MSG_NOSIGNAL | (slot.tries_sends ? MSG_DONTWAIT : 0);
  io_uring_sqe* entry = queue_.NextEntry();
  if (slot.message->msg_iovlen == 1) {
    const iovec& bytes = slot.message->msg_iov[0];
    io_uring_prep_send(entry, 0, bytes.iov_base, bytes.iov_len, flags);
  } else {
    io_uring_prep_sendmsg(entry, 0, slot.message, static_cast<unsigned>(flags));
  }
  Aim(entry, id, slot);
  Mark(entry, Operation::kSend, id);
}

int IoUringRing::RetrySends(int timeout_ms) {
  if (unsent_.empty()) return timeout_ms;
  const auto now = std::chrono::steady_clock::now();
  if (now >= retry_sends_at_) {
    for (uint32_t left = unsent_.size(); left > 0; --left) {
      const uint32_t number = unsent_.Pop();
      QueueSend({.slot = number, .generation = slots_[number].generation}, slots_[number]);
    }
    retry_sends_at_ = now + std::chrono::milliseconds(kSendRetryMs);
    return timeout_ms;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(retry_sends_at_ - now).count();
  return timeout_ms == kWaitForever ? static_cast<int>(left)
                                    : std::min(timeout_ms, static_cast<int>(left));
}

void IoUringRing::Shutdown(ConnectionId id, int how) {
  Slot& slot = SlotOf(id);
  ++slot.shutdowns_in_flight;
  io_uring_sqe* entry = queue_.NextEntry();
  io_uring_prep_shutdown(entry, 0, how);
  Aim(entry, id, slot);
  Mark(entry, Operation::kShutdown, id);
}

void IoUringRing::Close(ConnectionId id) {
  Slot& slot = SlotOf(id);
  Require(!slot.receive_armed && !slot.send_in_flight, "Close() comes after everything has ended");
  slot.closing = true;
  if (slot.shutdowns_in_flight == 0) QueueClose(id, slot);
}

void IoUringRing::QueueClose(ConnectionId id, Slot& slot) {
  io_uring_sqe* entry = queue_.NextEntry();
  if (slot.fd.valid()) {
    io_uring_prep_close(entry, slot.fd.Release());
  } else {
    io_uring_prep_close_direct(entry, id.slot);
  }
  Mark(entry, Operation::kClose, id);
}

// A plain read, armed again after each wake-up with the turn's other submissions, resets the
// counter without a system call of its own.
void IoUringRing::QueueWakeRead() {
  io_uring_sqe* entry = queue_.NextEntry();
  io_uring_prep_read(entry, wake_event_.fd(), &wake_count_, sizeof(wake_count_), 0);
  Mark(entry, Operation::kWake, {});
}

std::span<const Completion> IoUringRing::SubmitAndWait(int timeout_ms) {
  ++counters_.turns;
  buffers_.GiveBack();
  if (std::exchange(ran_out_of_buffers_, false)) buffers_.OfferMore();
  QueueReceivesThatWaited();
  const int longest_ms = IdleWait::Bounded(RetrySends(timeout_ms), may_discard_buffers());
  const int wait_ms = waiting_for_buffer_.empty() ? longest_ms : 0;
  queue_.Enter(wait_ms);
  const bool nothing_came = queue_.ready() == 0 && !queue_.overflowed();
  // The kernel's own count of overflows covers only completions that it lost, and it loses none.
  if (queue_.overflowed()) ++counters_.completion_overflows;
  if (idle_wait_.HasPassed(wait_ms, nothing_came) && may_discard_buffers()) buffers_.Discard();
  const std::span<const Completion> completions = Reap();
  counters_.receive_buffer_bytes = buffers_.used_bytes();
  return completions;
}

std::span<const Completion> IoUringRing::Reap() {
  const uint32_t ready = std::min(queue_.ready(), options_.max_completions_per_turn);
  completions_.clear();
  for (uint32_t i = 0; i < ready; ++i) {
    if (!Translate(queue_.at(i), completions_.emplace_back())) completions_.pop_back();
  }
  queue_.Pop(ready);
  counters_.completions += completions_.size();
  counters_.submit_retries = queue_.submit_retries();
  return completions_;
}

// False for what concerns only the ring.
bool IoUringRing::Translate(const io_uring_cqe& cqe, Completion& completion) {
  const auto [operation, id] = UserData::Unpack(cqe.user_data);
  const bool more = (cqe.flags & IORING_CQE_F_MORE) != 0;
  switch (operation) {
    case Operation::kReceive:
      completion = {CompletionKind::kReceived, more, cqe.res, id};
      FinishReceive(cqe, completion);
      return true;
    case Operation::kSend:
      completion = {CompletionKind::kSent, false, cqe.res, id};
      return FinishSend(id, cqe.res);
    case Operation::kAccept:
      completion = {CompletionKind::kAccepted, more, cqe.res, {}, id.slot};
      return true;
    case Operation::kWake:
      Require(cqe.res == sizeof(wake_count_), "reading the eventfd failed");
      QueueWakeRead();
      completion = {CompletionKind::kWoken};
      return true;
    case Operation::kClose:
      slots_[id.slot].attached = false;
      completion = {CompletionKind::kClosed, false, cqe.res, id};
      return true;
    case Operation::kShutdown:
      FinishShutdown(id);
      return false;
    case Operation::kCancel:  // failed: what it meant has just ended by itself
      return false;
  }
  AbortRing("a completion of an operation that nobody queued");
}

// Takes the buffer even of a failed receive: the kernel has given it away.
void IoUringRing::FinishReceive(const io_uring_cqe& cqe, Completion& completion) {
  if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) {
    const auto buffer = static_cast<uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
    completion.data = buffers_.Take(buffer, static_cast<size_t>(std::max(cqe.res, 0)));
  }
  const bool no_buffer = cqe.res == -ENOBUFS;
  counters_.receive_no_buffers += no_buffer ? 1 : 0;
  ran_out_of_buffers_ |= no_buffer;
  if (completion.more) return;
  if (Slot* slot = LiveSlot(completion.connection)) {
    slot->receive_armed = false;
    slot->found_no_buffer = no_buffer;
  }
}

// False for one that is tried again.
bool IoUringRing::FinishSend(ConnectionId id, int result) {
  Slot* const slot = LiveSlot(id);
  if (slot == nullptr) return true;
  if (result == -EAGAIN) {
    slot->tries_sends = true;
    unsent_.Push(id.slot);
    return false;
  }
  slot->send_in_flight = false;
  return true;
}

// Its result does not matter: a peer that is gone already (ENOTCONN) has shut down more than asked.
void IoUringRing::FinishShutdown(ConnectionId id) {
  Slot& slot = slots_[id.slot];
  --slot.shutdowns_in_flight;
  if (slot.closing && slot.shutdowns_in_flight == 0) QueueClose(id, slot);
}

std::string IoUringRing::Describe() const {
  std::vector<const char*> used;
  if (features_.multishot_accept) used.push_back("multishot accept");
  if (features_.multishot_receive) used.push_back("multishot receive");
  if (features_.direct_descriptors) used.push_back("direct descriptors");
  if (features_.defer_taskrun) used.push_back("deferred task work");
  if (features_.registered_ring_fd) used.push_back("registered ring");
  if (used.empty()) return "io_uring";
  return absl::StrCat("io_uring (", absl::StrJoin(used, ", "), ")");
}

}  // namespace ringcached::server
