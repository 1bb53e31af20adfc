#include "tests/transcripts/session_wire.h"

#include <utility>

namespace ringcached::transcripts {

absl::Status SessionWire::Open() {
  peer_ = std::make_unique<protocol::SessionPeer>(world_);
  stretches_.emplace_back().new_connection = true;
  return absl::OkStatus();
}

absl::Status SessionWire::Send(std::string_view bytes) {
  if (peer_->ended()) return absl::UnavailableError("the session has ended");
  stretches_.back().sent.append(bytes);
  peer_->Send(bytes);
  return absl::OkStatus();
}

Wire::Arrival SessionWire::Receive(std::string* received) {
  const std::string replies = peer_->TakeReplies();
  if (replies.empty()) return peer_->ended() ? Arrival::kClosed : Arrival::kNothing;
  stretches_.back().received.append(replies);
  received->append(replies);
  return Arrival::kBytes;
}

absl::Status SessionWire::AdvanceClock(uint32_t seconds) {
  world_.AdvanceClock(seconds);
  stretches_.emplace_back().seconds_before = seconds;
  return absl::OkStatus();
}

}  // namespace ringcached::transcripts
