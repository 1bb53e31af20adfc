// Plays a transcript over a wire and says where the server's answers depart from it.

#ifndef RINGCACHED_TESTS_TRANSCRIPTS_PLAYER_H_
#define RINGCACHED_TESTS_TRANSCRIPTS_PLAYER_H_

#include "absl/status/status.h"
#include "tests/transcripts/transcript.h"
#include "tests/transcripts/wire.h"

namespace ringcached::transcripts {

// Plays all steps in order on a new connection, each send after the replies to the one before. At
// the end a `version` command shows that nothing else has come, if the connection is still open.
// FailedPrecondition describes the first departure. REQUIRES: the server's cache is empty.
absl::Status Play(const Transcript& transcript, Wire& wire);

}  // namespace ringcached::transcripts

#endif  // RINGCACHED_TESTS_TRANSCRIPTS_PLAYER_H_
