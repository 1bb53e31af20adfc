#include "tests/transcripts/replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "tests/transcripts/packet_template.h"
#include "tests/transcripts/player.h"
#include "tests/transcripts/transcript.h"

namespace ringcached::transcripts {
namespace {

using protocol::SessionPeer;
using protocol::SessionWorld;

Recording Record(const std::string& path) {
  const absl::StatusOr<Transcript> transcript = LoadTranscript(path);
  if (!transcript.ok()) {
    ADD_FAILURE() << transcript.status();
    return {};
  }
  SessionWire wire;
  const absl::Status played = Play(*transcript, wire);
  EXPECT_TRUE(played.ok()) << played;
  return {transcript->name, wire.stretches()};
}

// Levels of memory in use: a value that was deleted counts until its reply has been sent, which
// depends on what came together.
constexpr std::string_view kLevels[] = {"bytes", "cache_resident_bytes", "large_value_bytes"};

std::string WithoutLevels(std::string_view replies) {
  std::string text;
  for (auto packet = ReadResponse(replies); packet; packet = ReadResponse(replies)) {
    const bool level = std::count(std::begin(kLevels), std::end(kLevels), packet->key) > 0;
    if (!level) text += packet->whole;
    replies.remove_prefix(packet->whole.size());
  }
  text += replies;
  for (const std::string_view level : kLevels) {
    const std::string name = "STAT " + std::string(level) + " ";
    for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
      text.erase(at, text.find("\r\n", at) + 2 - at);
    }
  }
  return text;
}

bool SameReplies(const std::string& replies, const std::string& expected) {
  return replies == expected || WithoutLevels(replies) == WithoutLevels(expected);
}

// Both texts from shortly before their first difference on.
std::string Difference(std::string_view text, std::string_view expected) {
  constexpr size_t kBytesInFront = 100;
  const size_t same = static_cast<size_t>(
      std::mismatch(text.begin(), text.end(), expected.begin(), expected.end()).first -
      text.begin());
  const size_t from = same - std::min(same, kBytesInFront);
  return "\n" + Printable(text.substr(from)) + "\ninstead of\n" + Printable(expected.substr(from));
}

}  // namespace

std::vector<Recording> RecordAll() {
  std::vector<Recording> recordings;
  for (const std::string& path : TranscriptPaths()) recordings.push_back(Record(path));
  EXPECT_FALSE(recordings.empty()) << "no transcripts were found";
  return recordings;
}

size_t SentBytes(const Recording& recording) {
  size_t bytes = 0;
  for (const Stretch& stretch : recording.stretches) bytes += stretch.sent.size();
  return bytes;
}

std::string AllSent(const Recording& recording) {
  std::string sent;
  for (const Stretch& stretch : recording.stretches) sent += stretch.sent;
  return sent;
}

bool Replay(const Recording& recording, const std::string& how, Feed feed) {
  SessionWorld world;
  std::unique_ptr<SessionPeer> peer;
  size_t offset = 0;
  for (const Stretch& stretch : recording.stretches) {
    world.AdvanceClock(stretch.seconds_before);
    if (stretch.new_connection) peer = std::make_unique<SessionPeer>(world);
    feed(stretch.sent, offset, *peer);
    offset += stretch.sent.size();
    const std::string replies = peer->TakeReplies();
    if (SameReplies(replies, stretch.received)) continue;
    ADD_FAILURE() << recording.name << " " << how << " is answered"
                  << Difference(replies, stretch.received);
    return false;
  }
  return true;
}

}  // namespace ringcached::transcripts
