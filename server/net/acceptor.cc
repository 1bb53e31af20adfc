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

Acceptor::Acceptor(std::vector<Listener> listeners, ConnectionLimit& limit) : limit_(limit) {
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
    Admit(UniqueFd(completion.result));
  } else if (IsShortage(-completion.result)) {
    limit_.CountAcceptFailure();
    rest_until_ms_ = now_ms + kRetryMs;
  }
  FinishStop();
}

void Acceptor::Admit(UniqueFd socket) {
  if (!limit_.Admit()) {
    // The socket's buffer is empty, so this takes the whole line or the client is gone.
    (void)send(socket.get(), kTooManyConnections.data(), kTooManyConnections.size(),
               MSG_NOSIGNAL | MSG_DONTWAIT);
    return;
  }
  DescriptorTarget* const least =
      *std::min_element(targets_.begin(), targets_.end(),
                        [](const auto* a, const auto* b) { return a->load() < b->load(); });
  least->HandOver(std::move(socket));
}

void Acceptor::Settle(Ring& ring, int64_t now_ms) {
  if (stopping_ || armed_count_ == entries_.size() || now_ms < rest_until_ms_) return;
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].armed) Arm(ring, i);
  }
}

int Acceptor::WaitMs(int64_t now_ms) const {
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
  stopped_latch_.count_down();
}

}  // namespace ringcached::server
