// Plays transcripts over TCP to a server that runs, ours or another.

#ifndef RINGCACHED_TESTS_TRANSCRIPTS_LIVE_PLAYER_H_
#define RINGCACHED_TESTS_TRANSCRIPTS_LIVE_PLAYER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "tests/transcripts/transcript.h"

namespace ringcached::transcripts {

// Play() over TCP. `host` is a numeric address of IPv4 or IPv6. A reply that does not come within
// kReplyDeadlineMs is a departure. REQUIRES: the server listens, its cache is empty, and
// MovesClock(transcript) is false.
absl::Status PlayLive(const Transcript& transcript, const std::string& host, uint16_t port);

inline constexpr int kReplyDeadlineMs = 5000;

}  // namespace ringcached::transcripts

#endif  // RINGCACHED_TESTS_TRANSCRIPTS_LIVE_PLAYER_H_
