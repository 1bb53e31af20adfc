// Plays what a transcript sent a second time, with the input cut or placed in another way. The
// replies must be the same bytes: caches and clocks of sessions in tests start alike.

#ifndef RINGCACHED_TESTS_TRANSCRIPTS_REPLAY_H_
#define RINGCACHED_TESTS_TRANSCRIPTS_REPLAY_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "tests/protocol/session_peer.h"
#include "tests/transcripts/session_wire.h"

namespace ringcached::transcripts {

struct Recording {
  std::string name;  // the transcript's
  std::vector<Stretch> stretches;
};

// One recording for each transcript. A transcript that cannot be played adds a test failure.
std::vector<Recording> RecordAll();

// Bytes sent, over all stretches.
size_t SentBytes(const Recording& recording);
// All that was sent, in order.
std::string AllSent(const Recording& recording);

// Gives a peer the input of one stretch, which begins `offset` bytes into the recording; stops when
// the peer has ended.
using Feed = absl::FunctionRef<void(std::string_view sent, size_t offset, protocol::SessionPeer&)>;

// Plays all stretches; true if the replies are as recorded, else a test failure names `how`.
bool Replay(const Recording& recording, const std::string& how, Feed feed);

}  // namespace ringcached::transcripts

#endif  // RINGCACHED_TESTS_TRANSCRIPTS_REPLAY_H_
