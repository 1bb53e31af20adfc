// A session against a plain model of the protocol (simulation/script.h): requests that the bytes
// choose, in each dialect, cut where the bytes say. Every reply is the model's.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/check.h"
#include "tests/protocol/session_peer.h"
#include "tests/simulation/choices.h"
#include "tests/simulation/script.h"

namespace ringcached {
namespace {

constexpr size_t kMostRequests = 200;
constexpr size_t kMostValueBytes = 3000;
constexpr size_t kMostPieceBytes = 300;

void Play(simulation::Choices& choices) {
  const auto dialect = static_cast<simulation::Dialect>(choices.Below(simulation::kDialects));
  simulation::Script script(1, dialect, kMostValueBytes);
  protocol::SessionWorld world;
  protocol::SessionPeer peer(world);
  std::string unsent;
  std::string expected;
  std::string received;
  for (size_t requests = 0; requests < kMostRequests && !choices.ended(); ++requests) {
    script.AddRequest(choices, &unsent, &expected);
    if (choices.OneIn(4)) continue;
    const size_t bytes = std::min(choices.Below(kMostPieceBytes), unsent.size());
    if (choices.OneIn(2)) {
      peer.Send(std::string_view(unsent).substr(0, bytes));
    } else {
      peer.SendPrepared(std::string_view(unsent).substr(0, bytes));
    }
    unsent.erase(0, bytes);
    received += peer.TakeReplies();
    fuzz::Check(!peer.ended(), "nothing here ends a session");
  }
  received += peer.Ask(unsent);
  script.Normalize(&received);
  fuzz::Check(received == expected, "the replies are the model's");
}

}  // namespace
}  // namespace ringcached

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ringcached::simulation::ChosenBytes choices({reinterpret_cast<const char*>(data), size});
  ringcached::Play(choices);
  return 0;
}
