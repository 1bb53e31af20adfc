// Every transcript of the protocol's tests, over TCP to the whole server.

#include <gtest/gtest.h>

#include "tests/server/net/test_server.h"
#include "tests/transcripts/live_player.h"

namespace ringcached::server {
namespace {

class LiveTranscriptsTest : public testing::TestWithParam<IoSetup> {};

TEST_P(LiveTranscriptsTest, PlayAsInASession) {
  int played = 0;
  for (const std::string& path : transcripts::TranscriptPaths()) {
    const absl::StatusOr<transcripts::Transcript> transcript = transcripts::LoadTranscript(path);
    ASSERT_TRUE(transcript.ok()) << transcript.status();
    if (transcripts::MovesClock(*transcript)) continue;
    TestServerOptions options;
    options.io = GetParam();
    TestServer server(options);
    const absl::Status status = transcripts::PlayLive(*transcript, "127.0.0.1", server.port());
    EXPECT_TRUE(status.ok()) << transcript->name << ": " << status;
    ++played;
  }
  EXPECT_GT(played, 20);
}

INSTANTIATE_TEST_SUITE_P(Io, LiveTranscriptsTest, testing::ValuesIn(IoSetups()),
                         [](const auto& setup) { return setup.param.name; });

}  // namespace
}  // namespace ringcached::server
