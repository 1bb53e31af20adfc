// Any bytes, cut anywhere, through a session, which may want to know who is there. Beyond not
// crashing: neither how the bytes arrive nor what is looked up ahead makes a difference to what is
// replied. Inputs are short enough that no line reaches the limit that depends on arrival.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "protocol/limits.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

// The replies to `input` in pieces of `piece_bytes`.
std::string Play(std::string_view input, size_t piece_bytes, bool authenticates, bool prepares) {
  SessionWorld world;
  world.server().requires_authentication = authenticates;
  world.server().offers_sasl = authenticates;
  SessionPeer peer(world);
  while (!input.empty() && !peer.ended()) {
    const size_t bytes = std::min(piece_bytes, input.size());
    if (prepares) {
      peer.SendPrepared(input.substr(0, bytes));
    } else {
      peer.Send(input.substr(0, bytes));
    }
    input.remove_prefix(bytes);
  }
  return peer.TakeReplies();
}

}  // namespace
}  // namespace ringcached::protocol

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using ringcached::protocol::Play;
  if (size < 2 || size > ringcached::protocol::kMaxUnfinishedLineBytes) return 0;
  const size_t piece_bytes = 1 + data[0] % 16;
  const bool authenticates = (data[0] & 0x80) != 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string replies = Play(input, input.size(), authenticates, false);
  if (replies != Play(input, piece_bytes, authenticates, false)) std::abort();
  // The first piece decides the dialect, and the later ones can be prepared.
  if (replies != Play(input, 64 * piece_bytes, authenticates, true)) std::abort();
  return 0;
}
