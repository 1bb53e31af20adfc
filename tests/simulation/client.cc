#include "tests/simulation/client.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace ringcached::simulation {
namespace {

constexpr size_t kMostUnsentBytes = 4096;
constexpr size_t kMostRequestsAtOnce = 8;
constexpr size_t kMostSentBytes = 700;
constexpr size_t kMostWindowBytes = 5000;

}  // namespace

Client::Client(uint64_t number, Dialect dialect, size_t most_value_bytes,
               server::SimulatedRing* ring)
    : number_(number),
      script_(number, dialect, most_value_bytes),
      ring_(ring),
      peer_(ring->Connect(0)) {}

void Client::Step(Choices& choices) {
  if (was_reset()) return TakeReplies();
  if (choices.OneIn(8)) ring_->SetPeerWindow(peer_, choices.Between(1, kMostWindowBytes));
  if (!finishes_ && unsent_.size() < kMostUnsentBytes) Ask(choices);
  if (!ended_) Send(choices);
  if (!choices.OneIn(3)) TakeReplies();
}

void Client::Ask(Choices& choices) {
  for (size_t count = choices.Below(kMostRequestsAtOnce); count > 0; --count) {
    script_.AddRequest(choices, &unsent_, &expected_);
  }
}

void Client::Send(Choices& choices) {
  const size_t bytes = std::min(choices.Below(kMostSentBytes), unsent_.size());
  if (bytes > 0) ring_->PeerSend(peer_, std::string_view(unsent_).substr(0, bytes));
  unsent_.erase(0, bytes);
  if (!finishes_ || !unsent_.empty()) return;
  ring_->PeerClose(peer_);
  ended_ = true;
}

void Client::TakeReplies() { received_ += ring_->PeerReceive(peer_); }

void Client::Reset() {
  if (!closed() && !was_reset()) ring_->PeerReset(peer_);
  reset_ = true;
}

std::string Client::Wrong() const {
  std::string received = received_;
  script_.Normalize(&received);
  const size_t bytes = std::min(received.size(), expected_.size());
  const auto [there, here] = std::mismatch(
      received.begin(), received.begin() + static_cast<ptrdiff_t>(bytes), expected_.begin());
  if (here == expected_.begin() + static_cast<ptrdiff_t>(bytes) &&
      received.size() <= expected_.size()) {
    return {};
  }
  const auto at = static_cast<size_t>(here - expected_.begin());
  constexpr size_t kShown = 60;
  return absl::StrCat("client ", number_, " was told something else from byte ", at, " on: \"",
                      received.substr(at, kShown), "\", not \"", expected_.substr(at, kShown),
                      "\"");
}

}  // namespace ringcached::simulation
