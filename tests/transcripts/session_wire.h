// A wire to a Session in this process, with a real cache and a clock that can be moved.

#ifndef RINGCACHED_TESTS_TRANSCRIPTS_SESSION_WIRE_H_
#define RINGCACHED_TESTS_TRANSCRIPTS_SESSION_WIRE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/session.h"
#include "tests/protocol/session_peer.h"
#include "tests/transcripts/wire.h"

namespace ringcached::transcripts {

// What went over one connection while the clock stood still.
struct Stretch {
  bool new_connection = false;
  uint32_t seconds_before = 0;  // by which the clock moves in front of it
  std::string sent;
  std::string received;
};

class SessionWire final : public Wire {
 public:
  absl::Status Open() override;
  absl::Status Send(std::string_view bytes) override;
  Arrival Receive(std::string* received) override;
  int64_t UnixSeconds() const override { return world_.context().time.unix_seconds; }
  absl::Status AdvanceClock(uint32_t seconds) override;

  // All that was played, in order.
  const std::vector<Stretch>& stretches() const { return stretches_; }

 private:
  protocol::SessionWorld world_;
  std::unique_ptr<protocol::SessionPeer> peer_;
  std::vector<Stretch> stretches_;
};

}  // namespace ringcached::transcripts

#endif  // RINGCACHED_TESTS_TRANSCRIPTS_SESSION_WIRE_H_
