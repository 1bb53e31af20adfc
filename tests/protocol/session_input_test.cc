// What a session makes of its input's shape: the dialect, lines that do not end, the end.

#include <gtest/gtest.h>

#include <string>

#include "protocol/limits.h"
#include "tests/protocol/binary_packets.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

class SessionInput : public testing::Test {
 protected:
  SessionWorld world_;
  SessionPeer peer_{world_};
};

TEST_F(SessionInput, ChoosesTheDialectByTheFirstByteOnly) {
  EXPECT_EQ(peer_.Ask(""), "");
  EXPECT_EQ(peer_.Ask("get a\r\n\x80\r\n"), "END\r\nCLIENT_ERROR bad command line format\r\n");
  EXPECT_FALSE(peer_.ended());
  SessionPeer binary(world_);
  EXPECT_EQ(binary.Ask("\x80"), "");
  EXPECT_EQ(binary.Ask("version\r\n"), "");
  EXPECT_FALSE(binary.ended());
}

TEST_F(SessionInput, EndsInADialectThatIsNotSpoken) {
  const std::string noop = Encode({.opcode = Opcode::kNoop});
  ReplySink sink;
  for (const SpokenDialects spoken : {SpokenDialects::kText, SpokenDialects::kBinary}) {
    const bool text = spoken == SpokenDialects::kText;
    for (const bool authenticates : {false, true}) {
      world_.server().requires_authentication = authenticates;
      Session unspoken(spoken);
      EXPECT_EQ(unspoken.Receive("", false, world_.context(), sink), Session::Status::kReady);
      EXPECT_EQ(unspoken.Receive(text ? noop : "version\r\n", false, world_.context(), sink),
                Session::Status::kEnded);
      EXPECT_EQ(unspoken.Receive("version\r\n", false, world_.context(), sink),
                Session::Status::kEnded);
      EXPECT_EQ(unspoken.Resume(world_.context(), sink), Session::Status::kEnded);
      EXPECT_EQ(unspoken.kept_input_bytes(), Session().kept_input_bytes());
      EXPECT_TRUE(sink.empty());
    }
  }
}

TEST_F(SessionInput, StaysInADialectThatIsSpoken) {
  const std::string noop = Encode({.opcode = Opcode::kNoop});
  ReplySink sink;
  for (const SpokenDialects spoken :
       {SpokenDialects::kAll, SpokenDialects::kText, SpokenDialects::kBinary}) {
    for (const std::string& input : {noop, std::string("version\r\n")}) {
      if (spoken == SpokenDialects::kText && input == noop) continue;
      if (spoken == SpokenDialects::kBinary && input != noop) continue;
      Session session(spoken);
      EXPECT_EQ(session.Receive(input, false, world_.context(), sink), Session::Status::kReady);
      EXPECT_FALSE(sink.empty());
      sink.Clear();
    }
  }
}

TEST_F(SessionInput, WaitsForTheEndOfALineUpToItsLimit) {
  peer_.Send(std::string(kMaxUnfinishedLineBytes, 'x'));
  EXPECT_FALSE(peer_.ended());
  EXPECT_FALSE(peer_.session().idle());
  EXPECT_EQ(peer_.Ask("\n"), "ERROR\r\n");
  EXPECT_TRUE(peer_.session().idle());
  EXPECT_EQ(world_.Count(Counter::kLineTooLong), 0u);
}

TEST_F(SessionInput, EndsOnALineBeyondItsLimit) {
  EXPECT_EQ(peer_.Ask(std::string(kMaxUnfinishedLineBytes + 1, 'x')), "");
  EXPECT_TRUE(peer_.ended());
  EXPECT_EQ(world_.Count(Counter::kLineTooLong), 1u);
}

TEST_F(SessionInput, EndsWhenALineGrowsBeyondItsLimit) {
  for (size_t i = 0; i < kMaxUnfinishedLineBytes; ++i) peer_.Send("x");
  EXPECT_FALSE(peer_.ended());
  peer_.Send("x");
  EXPECT_TRUE(peer_.ended());
  EXPECT_EQ(world_.Count(Counter::kLineTooLong), 1u);
}

TEST_F(SessionInput, AnswersWhatStandsInFrontOfSuchALine) {
  EXPECT_EQ(peer_.Ask("get a\r\n" + std::string(kMaxUnfinishedLineBytes + 1, 'x')), "END\r\n");
  EXPECT_TRUE(peer_.ended());
}

TEST_F(SessionInput, ServesALongerLineThatComesWithItsEnd) {
  EXPECT_EQ(peer_.Ask(std::string(10'000, 'x') + "\r\n"), "ERROR\r\n");
  EXPECT_EQ(peer_.Ask("delete a " + std::string(5'000, 'x') + "\r\n"), "NOT_FOUND\r\n");
  EXPECT_EQ(peer_.Ask("gat 0 " + std::string(5'000, ' ') + "a\r\n"), "END\r\n");
  EXPECT_FALSE(peer_.ended());
}

TEST_F(SessionInput, WaitsLongerWhileMoreIsKnownToFollow) {
  peer_.Send(std::string(kMaxUnfinishedLineBytes + 1, 'x'), /*more_follows=*/true);
  EXPECT_FALSE(peer_.ended());
  EXPECT_EQ(peer_.Ask("\r\n"), "ERROR\r\n");
  peer_.Send(std::string(kMaxLineBytes, 'x'), /*more_follows=*/true);
  EXPECT_FALSE(peer_.ended());
  peer_.Send("x", /*more_follows=*/true);
  EXPECT_TRUE(peer_.ended());
}

TEST_F(SessionInput, EndsWhenWhatWasToFollowDoesNotEndTheLine) {
  peer_.Send(std::string(kMaxUnfinishedLineBytes, 'x'), /*more_follows=*/true);
  peer_.Send("x", /*more_follows=*/false);
  EXPECT_TRUE(peer_.ended());
}

TEST_F(SessionInput, LooksAtNothingBehindTheEnd) {
  EXPECT_EQ(peer_.Ask("quit\r\nset a 0 0 1\r\nx\r\nget a\r\n"), "");
  EXPECT_TRUE(peer_.ended());
  EXPECT_EQ(world_.Count(Counter::kCmdSet), 0u);
  EXPECT_EQ(peer_.session().kept_input_bytes(), std::string().capacity());
}

TEST_F(SessionInput, GivesItsMemoryBack) {
  const size_t at_rest = peer_.session().kept_input_bytes();
  peer_.Send("get " + std::string(240, 'k'));
  peer_.Send(std::string(1'500, ' '));
  EXPECT_GT(peer_.session().kept_input_bytes(), kKeptInputBytes);
  EXPECT_EQ(peer_.Ask("\r\n"), "END\r\n");
  EXPECT_TRUE(peer_.session().idle());
  EXPECT_EQ(peer_.session().kept_input_bytes(), at_rest);
}

TEST_F(SessionInput, KeepsNoMemoryForWholeLines) {
  const size_t at_rest = peer_.session().kept_input_bytes();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(peer_.Ask("get a\r\n"), "END\r\n");
  EXPECT_EQ(peer_.session().kept_input_bytes(), at_rest);
}

TEST_F(SessionInput, IsIdleBetweenCommandsOnly) {
  EXPECT_TRUE(peer_.session().idle());
  for (const char* const part :
       {"get", "set a 0 0 3\r\n", "set a 0 0 3\r\nabc", "set b x 0 9\r\n"}) {
    SessionPeer peer(world_);
    peer.Send(part);
    EXPECT_FALSE(peer.session().idle()) << part;
  }
}

TEST_F(SessionInput, SetsVerbosity) {
  EXPECT_EQ(peer_.Ask("verbosity 2\r\nverbosity 9 noreply\r\n"), "OK\r\n");
  EXPECT_EQ(world_.server().verbosity, 3u);
}

}  // namespace
}  // namespace ringcached::protocol
