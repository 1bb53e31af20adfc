#include "server/net/acceptor.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace ringcached::server {
namespace {

constexpr std::string_view kTooManyConnections = "ERROR Too many open connections\r\n";

// True for errors that say the machine is short of something, rather than that one client left.
bool IsShortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

}  // namespace

// Listeners have the first numbers, clients those behind them.
Acceptor::Acceptor(std::vector<Listener> listeners, ConnectionLimit& limit, WhenFull when_full)
    : limit_(limit), when_full_(when_full), last_number_(listeners.size()) {
  for (Listener& listener : listeners) entries_.push_back({std::move(listener)});
}

void Acceptor::Start(Ring& ring) {
  for (uint32_t i = 0; i < entries_.size(); ++i) Arm(ring, i);
}

void Acceptor::Arm(Ring& ring, uint32_t index) {
  ring.ArmAccept(index, entries_[index].listener.socket.get());
  entries_[index].armed = true;
  ++armed_count_;
}

void Acceptor::OnAccepted(const Completion& completion, int64_t now_ms) {
  if (!completion.more) {
    entries_[completion.listener].armed = false;
    --armed_count_;
  }
  if (completion.result >= 0) {
    Admit(UniqueFd(completion.result), completion.listener);
  } else if (IsShortage(-completion.result)) {
    limit_.CountAcceptFailure();
    rest_until_ms_ = now_ms + kRetryMs;
  }
  FinishStop();
}

void Acceptor::Admit(UniqueFd socket, uint32_t listener) {
  if (when_full_ == WhenFull::kWait && !limit_.HasRoom()) {
    waiting_.push_back({std::move(socket), listener, 0});
    return;
  }
  if (!limit_.Admit()) {
    // The socket's buffer is empty, so this takes the whole line or the client is gone.
    (void)send(socket.get(), kTooManyConnections.data(), kTooManyConnections.size(),
               MSG_NOSIGNAL | MSG_DONTWAIT);
    return;
  }
  Deal(std::move(socket), listener);
}

void Acceptor::Deal(UniqueFd socket, uint32_t listener) {
  DescriptorTarget* const least =
      *std::min_element(targets_.begin(), targets_.end(),
                        [](const auto* a, const auto* b) { return a->load() < b->load(); });
  least->HandOver({std::move(socket), listener, ++last_number_});
}

void Acceptor::AdmitWaiting() {
  while (!waiting_.empty() && limit_.HasRoom() && limit_.Admit()) {
    Deal(std::move(waiting_.front().socket), waiting_.front().listener);
    waiting_.pop_front();
  }
}

// At the limit nobody is accepted until somebody has left.
void Acceptor::Pause(Ring& ring, int64_t now_ms) {
  paused_ = true;
  paused_at_ms_ = now_ms;
  limit_.StopAccepting();
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].armed) ring.CancelAccept(i);
  }
}

void Acceptor::Settle(Ring& ring, int64_t now_ms) {
  if (stopping_) return;
  if (when_full_ == WhenFull::kWait) {
    AdmitWaiting();
    if (!limit_.HasRoom()) {
      if (!paused_) Pause(ring, now_ms);
      return;
    }
    if (paused_) limit_.AcceptAgain(now_ms - paused_at_ms_);
    paused_ = false;
  }
  if (armed_count_ == entries_.size() || now_ms < rest_until_ms_) return;
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].armed) Arm(ring, i);
  }
}

int Acceptor::WaitMs(int64_t now_ms) const {
  // Nobody tells when somebody leaves.
  if (paused_ && !stopping_) return kRetryMs;
  if (stopping_ || armed_count_ == entries_.size()) return Ring::kWaitForever;
  return static_cast<int>(std::clamp<int64_t>(rest_until_ms_ - now_ms, 0, kRetryMs));
}

void Acceptor::Stop(Ring& ring) {
  stopping_ = true;
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].armed) ring.CancelAccept(i);
  }
  FinishStop();
}

// From then on a new client is refused by the system instead of waiting in a backlog for nobody.
void Acceptor::FinishStop() {
  if (!stopped() || std::exchange(stop_finished_, true)) return;
  for (Entry& entry : entries_) entry.listener.socket.Reset();
  waiting_.clear();
  stopped_latch_.count_down();
}

}  // namespace ringcached::server
