#include "tests/sim/simulated_ring.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/io/require.h"

// Invariants:
//  - A connection's steps in one turn are those of its bytes: send, receive, close; only the order
//    of the connections is random. A late completion delays all later ones of its operation.
//  - Every fault is one that a kernel may show; none takes a byte away but a reset.

namespace ringcached::server {
namespace {

// Receives of one connection in a turn, as a multishot receive brings several.
constexpr int kMaxReceivesPerTurn = 4;
// What a turn brings at most whose completion queue has overflowed.
constexpr size_t kOverflowCompletions = 4;

std::string Gather(const msghdr& message) {
  std::string bytes;
  for (size_t i = 0; i < message.msg_iovlen; ++i) {
    const iovec& part = message.msg_iov[i];
    bytes.append(static_cast<const char*>(part.iov_base), part.iov_len);
  }
  return bytes;
}

}  // namespace

SimulatedRing::SimulatedRing(const RingOptions& options, const FaultPlan& plan,
                             OnViolation on_violation)
    : options_(options),
      on_violation_(on_violation),
      faults_(plan),
      pool_(options.receive_buffers, options.receive_buffer_bytes),
      slots_(options.max_connections) {}

// The peers' side.

PeerId SimulatedRing::Connect(uint32_t listener) {
  const PeerId peer = {next_token_++};
  peers_[peer] = Peer{};
  listeners_[listener].backlog.push_back(peer);
  return peer;
}

void SimulatedRing::PeerSend(PeerId id, std::string_view bytes) {
  Peer& peer = peers_.at(id);
  Require(!peer.ended && !peer.reset, "a peer that has ended sends nothing");
  peer.to_server.append(bytes);
}

std::string SimulatedRing::PeerReceive(PeerId id) {
  return std::exchange(peers_.at(id).from_server, {});
}

void SimulatedRing::PeerClose(PeerId id) { peers_.at(id).ended = true; }

void SimulatedRing::PeerReset(PeerId id) {
  Peer& peer = peers_.at(id);
  peer.reset = true;
  peer.to_server.clear();
}

void SimulatedRing::SetPeerWindow(PeerId id, size_t bytes) { peers_.at(id).window_bytes = bytes; }

bool SimulatedRing::PeerSeesEnd(PeerId id) const { return peers_.at(id).sees_end; }

bool SimulatedRing::PeerWasReset(PeerId id) const { return peers_.at(id).reset; }

bool SimulatedRing::PeerIsClosed(PeerId id) const { return peers_.at(id).closed; }

// The server's side: queueing, and the rules.

bool SimulatedRing::Check(bool kept, std::string_view rule) {
  if (kept) return true;
  violations_.emplace_back(rule);
  if (on_violation_ == OnViolation::kAbort) AbortRing(violations_.back().c_str());
  return false;
}

SimulatedRing::Slot* SimulatedRing::SlotOf(ConnectionId id, std::string_view operation) {
  const std::string suffix =
      absl::StrCat(": ", absl::string_view(operation.data(), operation.size()), " on slot ",
                   id.slot, " generation ", id.generation);
  if (!Check(std::this_thread::get_id() == thread_, "used on another thread" + suffix) ||
      !Check(id.slot < slots_.size(), "slot out of range" + suffix)) {
    return nullptr;
  }
  Slot& slot = slots_[id.slot];
  const bool attached = slot.attached && slot.generation == id.generation;
  if (!Check(attached, "not attached" + suffix) || !Check(!slot.closing, "after Close" + suffix)) {
    return nullptr;
  }
  return &slot;
}

void SimulatedRing::ArmAccept(uint32_t listener, int /*listen_fd*/) {
  Listener& state = listeners_[listener];
  if (Check(!state.armed, "two accepts armed on one listener")) state.armed = true;
}

void SimulatedRing::CancelAccept(uint32_t listener) {
  Listener& state = listeners_[listener];
  state.cancelled = state.armed;
}

absl::Status SimulatedRing::Attach(ConnectionId id, int fd) {
  const auto peer = peers_.find({fd});
  if (!Check(peer != peers_.end() && peer->second.accepted, "Attach of what was never accepted") ||
      !Check(!peer->second.attached, "Attach of a descriptor that the ring owns already") ||
      !Check(id.slot < slots_.size(), "Attach: slot out of range") ||
      !Check(!slots_[id.slot].attached, "Attach to a slot in use") ||
      !Check(id.generation <= kGenerationMask, "Attach: a generation has 24 bits")) {
    return absl::FailedPreconditionError(violations_.back());
  }
  peer->second.attached = true;
  slots_[id.slot] = Slot{.attached = true, .generation = id.generation, .peer = {fd}};
  return absl::OkStatus();
}

void SimulatedRing::ArmReceive(ConnectionId id) {
  Slot* slot = SlotOf(id, "ArmReceive");
  if (slot == nullptr || !Check(!slot->receive_armed, "two receives armed")) return;
  slot->receive_armed = true;
  slot->receive_cancelled = false;
}

void SimulatedRing::CancelReceive(ConnectionId id) {
  if (Slot* slot = SlotOf(id, "CancelReceive")) slot->receive_cancelled = slot->receive_armed;
}

void SimulatedRing::Send(ConnectionId id, const msghdr* message) {
  Slot* slot = SlotOf(id, "Send");
  if (slot == nullptr || !Check(slot->message == nullptr, "two sends in flight")) return;
  slot->message_bytes = Gather(*message);
  if (!Check(!slot->message_bytes.empty(), "a send of nothing")) return;
  slot->message = message;
  slot->send_too_late = slot->shut_write;
}

void SimulatedRing::Shutdown(ConnectionId id, int how) {
  Slot* slot = SlotOf(id, "Shutdown");
  if (slot == nullptr) return;
  slot->shut_read |= how != SHUT_WR;
  slot->shut_write |= how != SHUT_RD;
}

void SimulatedRing::Close(ConnectionId id) {
  Slot* slot = SlotOf(id, "Close");
  if (slot == nullptr || !Check(!slot->receive_armed, "Close with a receive armed") ||
      !Check(slot->message == nullptr, "Close with a send in flight")) {
    return;
  }
  slot->closing = true;
}

// One turn.

std::span<const Completion> SimulatedRing::SubmitAndWait(int timeout_ms) {
  last_timeout_ms_ = timeout_ms;
  Check(std::this_thread::get_id() == thread_, "SubmitAndWait on another thread");
  ++counters_.turns;
  completions_.clear();
  pool_.GiveAllBack();
  turn_limit_ = options_.max_completions_per_turn;
  if (faults_.Overflows()) {
    ++counters_.completion_overflows;
    turn_limit_ = 1 + faults_.Below(kOverflowCompletions);
  }
  if (woken_.exchange(false)) completions_.push_back({.kind = CompletionKind::kWoken});
  DeliverStale();
  for (auto& [number, listener] : listeners_) StepListener(number, listener);
  for (const uint32_t number : SlotsInRandomOrder()) {
    Slot& slot = slots_[number];
    StepSlot({.slot = number, .generation = slot.generation}, slot);
  }
  counters_.completions += completions_.size();
  return completions_;
}

// In a later turn than the close, when somebody else may have the slot: an end or an error, either
// of which would end that connection.
void SimulatedRing::DeliverStale() {
  while (!stale_.empty() && !full() && !faults_.Delays()) {
    const int result = faults_.Below(2) == 0 ? 0 : -ECONNRESET;
    completions_.push_back(
        {.kind = CompletionKind::kReceived, .result = result, .connection = stale_.back()});
    stale_.pop_back();
  }
}

std::vector<uint32_t> SimulatedRing::SlotsInRandomOrder() {
  std::vector<uint32_t> order;
  for (uint32_t number = 0; number < slots_.size(); ++number) {
    if (slots_[number].attached) order.push_back(number);
  }
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[faults_.Below(i)]);
  return order;
}

void SimulatedRing::StepListener(uint32_t number, Listener& listener) {
  Completion completion = {.kind = CompletionKind::kAccepted, .more = true, .listener = number};
  while (listener.armed && !listener.backlog.empty() && !full() && !faults_.Delays()) {
    if (faults_.FailsAccept()) {
      completion.result = -EMFILE;
    } else {
      completion.result = listener.backlog.front().token;
      peers_.at(listener.backlog.front()).accepted = true;
      listener.backlog.pop_front();
    }
    listener.armed = completion.more = completion.result >= 0 && !faults_.EndsMultishot();
    completions_.push_back(completion);
  }
  if (listener.armed && listener.cancelled && !full()) {
    listener.armed = completion.more = false;
    completion.result = -ECANCELED;
    completions_.push_back(completion);
  }
  listener.cancelled = listener.cancelled && listener.armed;
}

void SimulatedRing::StepSlot(ConnectionId id, Slot& slot) {
  Peer& peer = peers_.at(slot.peer);
  const bool may_deliver = slot.receive_armed && !peer.to_server.empty();
  if (may_deliver && !peer.reset && faults_.Resets()) PeerReset(slot.peer);
  if (slot.message != nullptr && !full()) StepSend(id, slot, peer);
  peer.sees_end |= slot.shut_write && slot.message == nullptr;
  if (slot.receive_armed) StepReceive(id, slot, peer);
  if (slot.closing && !full() && !faults_.Delays()) StepClose(id, slot, peer);
}

void SimulatedRing::StepSend(ConnectionId id, Slot& slot, Peer& peer) {
  const size_t used = std::min(peer.from_server.size(), peer.window_bytes);
  size_t taken = std::min(slot.message_bytes.size(), peer.window_bytes - used);
  const bool fails = peer.reset || slot.send_too_late || (taken == 0 && slot.shut_write);
  if (faults_.Delays() || (taken == 0 && !fails)) return;
  if (faults_.InterruptsSend()) return FinishSend(id, slot, -EINTR);
  Check(Gather(*slot.message) == slot.message_bytes, "a message changed before its kSent");
  if (fails) {
    FinishSend(id, slot, peer.reset ? -ECONNRESET : -EPIPE);
    return;
  }
  if (taken > 1 && faults_.CutsSend()) taken = 1 + faults_.Below(taken - 1);
  peer.from_server.append(slot.message_bytes, 0, taken);
  FinishSend(id, slot, static_cast<int>(taken));
}

void SimulatedRing::FinishSend(ConnectionId id, Slot& slot, int result) {
  slot.message = nullptr;
  slot.message_bytes.clear();
  completions_.push_back({.kind = CompletionKind::kSent, .result = result, .connection = id});
}

void SimulatedRing::StepReceive(ConnectionId id, Slot& slot, Peer& peer) {
  for (int i = 0; i < kMaxReceivesPerTurn && slot.receive_armed && !full(); ++i) {
    if (faults_.Delays() || !ReceiveOnce(id, slot, peer)) break;
  }
  if (slot.receive_armed && slot.receive_cancelled && !full()) EndReceive(id, slot, -ECANCELED);
}

// False if there is nothing to tell.
bool SimulatedRing::ReceiveOnce(ConnectionId id, Slot& slot, Peer& peer) {
  const bool at_end = peer.to_server.empty() && (peer.ended || slot.shut_read);
  if (peer.to_server.empty() && !at_end && !peer.reset) return false;
  if (peer.reset) {
    EndReceive(id, slot, -ECONNRESET);
  } else if (pool_.empty() || faults_.TakesBuffers()) {
    ++counters_.receive_no_buffers;
    EndReceive(id, slot, -ENOBUFS);
  } else if (faults_.CancelsReceive()) {
    EndReceive(id, slot, -ECANCELED);
  } else if (at_end) {
    EndReceive(id, slot, 0);
  } else {
    size_t bytes = std::min(peer.to_server.size(), pool_.buffer_bytes());
    if (bytes > 1 && faults_.CutsReceive()) bytes = 1 + faults_.Below(bytes - 1);
    slot.receive_armed = !faults_.EndsMultishot();
    completions_.push_back({.kind = CompletionKind::kReceived,
                            .more = slot.receive_armed,
                            .result = static_cast<int>(bytes),
                            .connection = id,
                            .data = pool_.Fill({peer.to_server.data(), bytes})});
    peer.to_server.erase(0, bytes);
  }
  return true;
}

void SimulatedRing::EndReceive(ConnectionId id, Slot& slot, int result) {
  slot.receive_armed = slot.receive_cancelled = false;
  completions_.push_back({.kind = CompletionKind::kReceived, .result = result, .connection = id});
}

void SimulatedRing::StepClose(ConnectionId id, Slot& slot, Peer& peer) {
  peer.sees_end = peer.closed = true;
  slot = Slot{};
  completions_.push_back({.kind = CompletionKind::kClosed, .connection = id});
  if (faults_.LeavesStale()) stale_.push_back(id);
}

}  // namespace ringcached::server
