#include "server/io/epoll_ring.h"

#include <algorithm>
#include <cerrno>
#include <thread>

#include "server/io/require.h"
#include "server/io/user_data.h"

// Invariants:
//  - A slot is in changed_ exactly while `changed` is true; every change of what it wants of epoll
//    puts it there, and RunChange() alone tells epoll.
//  - A descriptor of which nothing is wanted is not in epoll at all: epoll reports hang-ups and
//    errors unasked, and with nobody to take them every wait would return at once.
//  - Each source of completions asks for room() first, so that a turn never has more than
//    max_completions_per_turn of them. What found no room is still pending or ready in the next
//    turn.

namespace ringcached::server {
namespace {

constexpr size_t kMaxEventsPerTurn = 1024;
// Of one slot: kSent, kReceived (cancelled) and kClosed when its changes are run, kSent and
// kReceived when it is ready.
constexpr size_t kMaxCompletionsPerChange = 3;
constexpr size_t kMaxCompletionsPerEvent = 2;

}  // namespace

absl::StatusOr<std::unique_ptr<Ring>> EpollRing::Create(const RingOptions& options) {
  UniqueFd epoll_fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_fd.valid()) return absl::ErrnoToStatus(errno, "cannot create an epoll descriptor");
  absl::StatusOr<WakeEvent> wake_event = WakeEvent::Create();
  if (!wake_event.ok()) return wake_event.status();
  // Edge-triggered: every signal is an event, and nobody has to read the counter down.
  epoll_event event = {.events = EPOLLIN | EPOLLET,
                       .data = {.u64 = UserData{Operation::kWake, {}}.Pack()}};
  if (::epoll_ctl(epoll_fd.get(), EPOLL_CTL_ADD, wake_event->fd(), &event) != 0) {
    return absl::ErrnoToStatus(errno, "cannot watch an eventfd");
  }
  absl::StatusOr<MappedMemory> buffers =
      MappedMemory::Create(size_t{options.receive_buffers} * options.receive_buffer_bytes);
  if (!buffers.ok()) return buffers.status();
  return std::unique_ptr<Ring>(
      new EpollRing(options, std::move(epoll_fd), *std::move(wake_event), *std::move(buffers)));
}

EpollRing::EpollRing(const RingOptions& options, UniqueFd epoll_fd, WakeEvent wake_event,
                     MappedMemory buffers)
    : options_(options),
      epoll_fd_(std::move(epoll_fd)),
      wake_event_(std::move(wake_event)),
      buffers_(std::move(buffers)),
      changed_(options.max_connections),
      events_(std::make_unique_for_overwrite<epoll_event[]>(kMaxEventsPerTurn)) {
  completions_.reserve(options.max_completions_per_turn);
}

EpollRing::Slot& EpollRing::SlotOf(ConnectionId id) {
  Require(id.slot < slots_.size(), "a slot is below max_connections");
  Slot& slot = slots_[id.slot];
  Require(slot.fd.valid() && slot.generation == id.generation, "the id is not attached");
  Require(!slot.closing, "nothing follows Close()");
  return slot;
}

void EpollRing::MarkChanged(uint32_t number, Slot& slot) {
  if (slot.changed) return;
  slot.changed = true;
  changed_.Push(number);
}

void EpollRing::ArmAccept(uint32_t listener, int listen_fd) {
  if (listener >= listeners_.size()) listeners_.resize(size_t{listener} + 1);
  Listener& state = listeners_[listener];
  Require(!state.armed, "one accept per listener");
  state.fd = listen_fd;
  state.armed = true;
  listeners_changed_ = true;
}

void EpollRing::CancelAccept(uint32_t listener) {
  if (listener >= listeners_.size() || !listeners_[listener].armed) return;
  listeners_[listener].cancel = true;
  listeners_changed_ = true;
}

absl::Status EpollRing::Attach(ConnectionId id, int fd) {
  UniqueFd owned(fd);
  Require(id.slot < options_.max_connections, "a slot is below max_connections");
  if (id.slot >= slots_.size()) slots_.resize(size_t{id.slot} + 1);
  Slot& slot = slots_[id.slot];
  Require(!slot.fd.valid(), "Attach() needs a free slot");
  Require(id.generation <= kGenerationMask, "a generation has 24 bits");
  slot = Slot{.generation = id.generation, .fd = std::move(owned), .changed = slot.changed};
  return absl::OkStatus();
}

void EpollRing::ArmReceive(ConnectionId id) {
  Slot& slot = SlotOf(id);
  Require(!slot.receive_armed, "one receive at a time");
  slot.receive_armed = true;
  MarkChanged(id.slot, slot);
}

void EpollRing::CancelReceive(ConnectionId id) {
  Slot& slot = SlotOf(id);
  slot.cancel_receive = slot.receive_armed;
  MarkChanged(id.slot, slot);
}

void EpollRing::Send(ConnectionId id, const msghdr* message) {
  Slot& slot = SlotOf(id);
  Require(slot.message == nullptr, "one send at a time");
  slot.message = message;
  MarkChanged(id.slot, slot);
}

void EpollRing::Shutdown(ConnectionId id, int how) {
  Slot& slot = SlotOf(id);
  slot.shut_read |= how != SHUT_WR;
  slot.shut_write |= how != SHUT_RD;
  MarkChanged(id.slot, slot);
}

void EpollRing::Close(ConnectionId id) {
  Slot& slot = SlotOf(id);
  Require(!slot.receive_armed && slot.message == nullptr,
          "Close() comes after everything has ended");
  slot.closing = true;
  MarkChanged(id.slot, slot);
}

std::span<const Completion> EpollRing::SubmitAndWait(int timeout_ms) {
  ++counters_.turns;
  completions_.clear();
  buffers_used_ = 0;
  RunListenerChanges();
  RunChanges();
  const bool work_left = !completions_.empty() || listeners_changed_ || !changed_.empty();
  const int longest_ms = IdleWait::Bounded(timeout_ms, counters_.receive_buffer_bytes > 0);
  const int wait_ms = work_left ? 0 : longest_ms;
  WaitForEvents(wait_ms);
  NoteBuffersUsed(wait_ms);
  counters_.completions += completions_.size();
  return completions_;
}

void EpollRing::NoteBuffersUsed(int waited_ms) {
  const uint64_t used = uint64_t{buffers_used_} * options_.receive_buffer_bytes;
  counters_.receive_buffer_bytes = std::max(counters_.receive_buffer_bytes, used);
  if (!idle_wait_.HasPassed(waited_ms, completions_.empty())) return;
  buffers_.Discard();
  counters_.receive_buffer_bytes = 0;
}

void EpollRing::RunListenerChanges() {
  if (!listeners_changed_) return;
  for (uint32_t number = 0; number < listeners_.size() && room() > 0; ++number) {
    Listener& listener = listeners_[number];
    if (listener.cancel) {
      EndAccept(number, -ECANCELED);
    } else if (listener.armed && !listener.registered) {
      SetListenerEvents(number, true);
    }
  }
  listeners_changed_ = room() == 0;
}

// As many as were there at the start: what a change puts back waits for the next turn.
void EpollRing::RunChanges() {
  const uint32_t count = changed_.size();
  for (uint32_t i = 0; i < count && room() >= kMaxCompletionsPerChange; ++i) {
    const uint32_t number = changed_.Pop();
    Slot& slot = slots_[number];
    slot.changed = false;
    if (slot.fd.valid()) RunChange({.slot = number, .generation = slot.generation}, slot);
  }
}

void EpollRing::RunChange(ConnectionId id, Slot& slot) {
  if (slot.message != nullptr && !slot.send_waits) TrySend(id, slot);
  RunShutdown(slot);
  if (slot.cancel_receive) {
    slot.cancel_receive = slot.receive_armed = false;
    Emit({.kind = CompletionKind::kReceived, .result = -ECANCELED, .connection = id});
  }
  if (slot.closing) {
    slot.fd.Reset();  // leaves epoll by itself
    Emit({.kind = CompletionKind::kClosed, .connection = id});
    return;
  }
  UpdateEvents(id, slot);
}

void EpollRing::RunShutdown(Slot& slot) {
  if (!slot.shut_read && !slot.shut_write) return;
  const int how = slot.shut_read ? (slot.shut_write ? SHUT_RDWR : SHUT_RD) : SHUT_WR;
  ::shutdown(slot.fd.get(), how);  // fails only where the peer has ended everything already
  slot.shut_read = slot.shut_write = false;
}

void EpollRing::UpdateEvents(ConnectionId id, Slot& slot) {
  const uint32_t wanted =
      (slot.receive_armed ? uint32_t{EPOLLIN} : 0) | (slot.send_waits ? uint32_t{EPOLLOUT} : 0);
  if (wanted == slot.registered_events) return;
  const int operation = wanted == 0                   ? EPOLL_CTL_DEL
                        : slot.registered_events == 0 ? EPOLL_CTL_ADD
                                                      : EPOLL_CTL_MOD;
  epoll_event event = {.events = wanted, .data = {.u64 = UserData{Operation::kReceive, id}.Pack()}};
  if (::epoll_ctl(epoll_fd_.get(), operation, slot.fd.get(), &event) != 0) {
    AbortRing("epoll_ctl of a connection", errno);
  }
  slot.registered_events = wanted;
}

void EpollRing::SetListenerEvents(uint32_t number, bool wanted) {
  Listener& listener = listeners_[number];
  if (listener.registered == wanted) return;
  epoll_event event = {
      .events = EPOLLIN,
      .data = {.u64 = UserData{Operation::kAccept, {.slot = number, .generation = 0}}.Pack()}};
  const int operation = wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL;
  if (::epoll_ctl(epoll_fd_.get(), operation, listener.fd, &event) != 0) {
    AbortRing("epoll_ctl of a listener", errno);
  }
  listener.registered = wanted;
}

void EpollRing::WaitForEvents(int timeout_ms) {
  const size_t max_events = std::min(room() / kMaxCompletionsPerEvent, kMaxEventsPerTurn);
  if (max_events == 0) return;
  if (timeout_ms == kWaitBriefly) {
    // The shortest wait of this call is a millisecond.
    std::this_thread::yield();
    timeout_ms = 0;
  }
  const int found =
      ::epoll_wait(epoll_fd_.get(), events_.get(), static_cast<int>(max_events), timeout_ms);
  if (found < 0 && errno != EINTR) AbortRing("epoll_wait", errno);
  for (int i = 0; i < found; ++i) {
    const epoll_event& event = events_[static_cast<size_t>(i)];
    const auto [operation, id] = UserData::Unpack(event.data.u64);
    if (operation == Operation::kReceive) {
      HandleConnection(id, event.events);
    } else if (operation == Operation::kAccept) {
      const size_t reserved = kMaxCompletionsPerEvent * static_cast<size_t>(found - i - 1);
      HandleListener(id.slot, std::min(room() - reserved, kMaxAcceptsPerTurn));
    } else {
      Emit({.kind = CompletionKind::kWoken});
    }
  }
}

void EpollRing::HandleListener(uint32_t number, size_t max_accepts) {
  for (size_t i = 0; i < max_accepts; ++i) {
    const int fd = ::accept4(listeners_[number].fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      Emit({.kind = CompletionKind::kAccepted, .more = true, .result = fd, .listener = number});
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      EndAccept(number, -errno);
      return;
    }
  }
}

void EpollRing::EndAccept(uint32_t number, int result) {
  SetListenerEvents(number, false);
  listeners_[number].armed = listeners_[number].cancel = false;
  Emit({.kind = CompletionKind::kAccepted, .result = result, .listener = number});
}

// A hang-up or an error goes to whatever is armed: its system call says what it was.
void EpollRing::HandleConnection(ConnectionId id, uint32_t events) {
  Slot& slot = slots_[id.slot];
  const uint32_t trouble = EPOLLERR | EPOLLHUP;
  if (slot.send_waits && (events & (EPOLLOUT | trouble)) != 0) {
    TrySend(id, slot);
    MarkChanged(id.slot, slot);  // EPOLLOUT is wanted no longer
  }
  if (slot.receive_armed && (events & (EPOLLIN | trouble)) != 0) TryReceive(id, slot);
}

void EpollRing::TrySend(ConnectionId id, Slot& slot) {
  const ssize_t sent = ::sendmsg(slot.fd.get(), slot.message, MSG_NOSIGNAL | MSG_DONTWAIT);
  slot.send_waits = sent < 0 && (errno == EAGAIN || errno == EINTR);
  if (slot.send_waits) return;
  slot.message = nullptr;
  Emit({.kind = CompletionKind::kSent,
        .result = sent < 0 ? -errno : static_cast<int32_t>(sent),
        .connection = id});
}

void EpollRing::TryReceive(ConnectionId id, Slot& slot) {
  if (buffers_used_ == options_.receive_buffers) return;
  char* buffer =
      static_cast<char*>(buffers_.start()) + size_t{buffers_used_} * options_.receive_buffer_bytes;
  const ssize_t received =
      ::recv(slot.fd.get(), buffer, options_.receive_buffer_bytes, MSG_DONTWAIT);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return;
  Completion completion = {.kind = CompletionKind::kReceived,
                           .more = received > 0,
                           .result = received < 0 ? -errno : static_cast<int32_t>(received),
                           .connection = id};
  if (received > 0) {
    completion.data = {buffer, static_cast<size_t>(received)};
    ++buffers_used_;
  } else {
    slot.receive_armed = false;
    MarkChanged(id.slot, slot);
  }
  Emit(completion);
}

void EpollRing::Emit(const Completion& completion) {
  Require(room() > 0, "more completions than a turn may have");
  completions_.push_back(completion);
}

}  // namespace ringcached::server
