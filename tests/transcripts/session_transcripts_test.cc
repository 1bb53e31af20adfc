// Every transcript, played through a Session.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>

#include "tests/transcripts/player.h"
#include "tests/transcripts/session_wire.h"
#include "tests/transcripts/transcript.h"

namespace ringcached::transcripts {
namespace {

class SessionTranscripts : public testing::TestWithParam<std::string> {};

TEST_P(SessionTranscripts, Plays) {
  const absl::StatusOr<Transcript> transcript = LoadTranscript(GetParam());
  ASSERT_TRUE(transcript.ok()) << transcript.status();
  SessionWire wire;
  const absl::Status played = Play(*transcript, wire);
  EXPECT_TRUE(played.ok()) << played;
}

std::string TestName(const testing::TestParamInfo<std::string>& info) {
  std::string name = std::filesystem::path(info.param).stem().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, SessionTranscripts, testing::ValuesIn(TranscriptPaths()), TestName);

}  // namespace
}  // namespace ringcached::transcripts
