// However the network cuts a conversation into pieces, the replies are the same.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "tests/transcripts/replay.h"

namespace ringcached::transcripts {
namespace {

using protocol::SessionPeer;

// Conversations up to this size are cut at every byte; in longer ones, whose bulk are long values,
// at those near a line end or a packet's beginning.
constexpr size_t kMaxCutEverywhereBytes = 4096;
constexpr size_t kNearBoundaryBytes = 6;
constexpr std::string_view kBoundaries = "\n\x80";
constexpr int kRandomCutsRounds = 20;

bool IsNearBoundary(std::string_view sent, size_t at) {
  const size_t from = at < kNearBoundaryBytes ? 0 : at - kNearBoundaryBytes;
  return sent.substr(from, 2 * kNearBoundaryBytes).find_first_of(kBoundaries) !=
         std::string_view::npos;
}

void SendUnlessEnded(std::string_view bytes, SessionPeer& peer) {
  if (!bytes.empty() && !peer.ended()) peer.Send(bytes);
}

void SendPreparedUnlessEnded(std::string_view bytes, SessionPeer& peer) {
  if (!bytes.empty() && !peer.ended()) peer.SendPrepared(bytes);
}

bool ReplayCutAt(const Recording& recording, size_t cut) {
  return Replay(recording, "cut at byte " + std::to_string(cut),
                [&](std::string_view sent, size_t offset, SessionPeer& peer) {
                  const size_t here = std::clamp(cut, offset, offset + sent.size()) - offset;
                  SendUnlessEnded(sent.substr(0, here), peer);
                  SendUnlessEnded(sent.substr(here), peer);
                });
}

TEST(Split, AtEveryByte) {
  for (const Recording& recording : RecordAll()) {
    const std::string sent = AllSent(recording);
    const bool everywhere = sent.size() <= kMaxCutEverywhereBytes;
    for (size_t cut = 0; cut <= sent.size(); ++cut) {
      if (!everywhere && !IsNearBoundary(sent, cut)) continue;
      if (!ReplayCutAt(recording, cut)) break;
    }
  }
}

TEST(Split, ByteByByte) {
  for (const Recording& recording : RecordAll()) {
    Replay(recording, "byte by byte", [](std::string_view sent, size_t, SessionPeer& peer) {
      for (size_t i = 0; i < sent.size(); ++i) SendUnlessEnded(sent.substr(i, 1), peer);
    });
  }
}

// Short pieces mostly, so that they meet lines, and some long ones, so that they end.
size_t RandomPieceBytes(std::mt19937_64& random) {
  return std::uniform_int_distribution<size_t>(1, random() % 8 == 0 ? 20000 : 30)(random);
}

void ReplayCutAtRandom(void (*send)(std::string_view bytes, SessionPeer& peer)) {
  // A failure is repeated with --gtest_random_seed.
  const int seed = testing::UnitTest::GetInstance()->random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(static_cast<uint64_t>(seed));
  for (const Recording& recording : RecordAll()) {
    for (int round = 0; round < kRandomCutsRounds; ++round) {
      Replay(recording, "cut at random", [&](std::string_view sent, size_t, SessionPeer& peer) {
        while (!sent.empty()) {
          const size_t bytes = std::min(RandomPieceBytes(random), sent.size());
          send(sent.substr(0, bytes), peer);
          sent.remove_prefix(bytes);
        }
      });
    }
  }
}

TEST(Split, AtRandom) { ReplayCutAtRandom(SendUnlessEnded); }

// What a session looks up ahead makes no difference either.
TEST(Split, AtRandomAndPrepared) { ReplayCutAtRandom(SendPreparedUnlessEnded); }

TEST(Split, NotAtAllAndPrepared) {
  for (const Recording& recording : RecordAll()) {
    Replay(recording, "prepared", [](std::string_view sent, size_t, SessionPeer& peer) {
      SendPreparedUnlessEnded(sent, peer);
    });
  }
}

}  // namespace
}  // namespace ringcached::transcripts
