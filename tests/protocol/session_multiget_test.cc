// Gets of more keys than a line may otherwise have.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "protocol/limits.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

constexpr int kKeys = 20'000;

std::string Key(int i) { return "key" + std::to_string(i); }

std::string Hit(int i) {
  const std::string value = "value of " + std::to_string(i);
  return "VALUE " + Key(i) + " 0 " + std::to_string(value.size()) + "\r\n" + value + "\r\n";
}

class SessionMultiget : public testing::Test {
 protected:
  SessionMultiget() {
    // Every second key is there.
    for (int i = 0; i < kKeys; i += 2) {
      const std::string value = "value of " + std::to_string(i);
      peer_.Send("set " + Key(i) + " 0 0 " + std::to_string(value.size()) + " noreply\r\n" + value +
                 "\r\n");
      expected_ += Hit(i);
    }
    for (int i = 0; i < kKeys; ++i) keys_ += " " + Key(i);
    EXPECT_EQ(peer_.TakeReplies(), "");
  }

  std::string AskInPieces(std::string_view bytes, size_t piece_bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece_bytes, bytes.size()))) {
      peer_.Send(bytes.substr(0, piece_bytes));
      most_kept_bytes_ = std::max(most_kept_bytes_, peer_.session().kept_input_bytes());
    }
    return peer_.TakeReplies();
  }

  SessionWorld world_;
  SessionPeer peer_{world_};
  std::string keys_;
  std::string expected_;
  size_t most_kept_bytes_ = 0;
};

TEST_F(SessionMultiget, InOnePiece) {
  EXPECT_EQ(peer_.Ask("get" + keys_ + "\r\n"), expected_ + "END\r\n");
  EXPECT_EQ(world_.Count(Counter::kCmdGet), uint64_t{kKeys});
  EXPECT_EQ(world_.Count(Counter::kGetHits), uint64_t{kKeys / 2});
  EXPECT_EQ(world_.Count(Counter::kGetMisses), uint64_t{kKeys / 2});
}

TEST_F(SessionMultiget, InManyPieces) {
  for (const size_t piece_bytes : {size_t{100}, size_t{1}, size_t{1447}}) {
    EXPECT_EQ(AskInPieces("get" + keys_ + "\r\n", piece_bytes), expected_ + "END\r\n");
    EXPECT_EQ(peer_.Ask("get " + Key(0) + "\r\n"), Hit(0) + "END\r\n");
  }
  // The line has 200 KB; no more of it is kept than may be of any line.
  EXPECT_LE(most_kept_bytes_, 2 * kMaxUnfinishedLineBytes + 1447);
}

TEST_F(SessionMultiget, BeginsToAnswerBeforeItsLineEnds) {
  peer_.Send("gets" + keys_);
  EXPECT_GT(peer_.TakeReplies().size(), expected_.size());
  EXPECT_FALSE(peer_.session().idle());
  EXPECT_EQ(peer_.Ask("\r\n"), "END\r\n");
}

TEST_F(SessionMultiget, AnswersForTheKeysInFrontOfOneTooLong) {
  peer_.Send("get" + keys_);
  EXPECT_EQ(peer_.TakeReplies(), expected_);
  EXPECT_EQ(peer_.Ask(" " + std::string(251, 'k') + " key0"),
            "CLIENT_ERROR bad command line format\r\n");
  EXPECT_EQ(peer_.Ask(" key2 key4"), "");
  EXPECT_EQ(peer_.Ask("\r\nget key0\r\n"), Hit(0) + "END\r\n");
}

TEST_F(SessionMultiget, WaitsForTheEndOfAKeyOfTheLongestLength) {
  const std::string key(storage::kMaxKeyBytes, 'k');
  peer_.Send("get" + keys_ + " ");
  peer_.TakeReplies();
  EXPECT_EQ(peer_.Ask(key), "");
  EXPECT_EQ(peer_.Ask("\r"), "");
  EXPECT_EQ(peer_.Ask("\n"), "END\r\n");
  peer_.Send("get" + keys_ + " ");
  peer_.TakeReplies();
  EXPECT_EQ(peer_.Ask(key + "kk"), "CLIENT_ERROR bad command line format\r\n");
  EXPECT_EQ(peer_.Ask("\r\n"), "");
  EXPECT_TRUE(peer_.session().idle());
}

TEST_F(SessionMultiget, OfNothingButSpacesEnds) {
  peer_.Send("get " + std::string(kMaxUnfinishedLineBytes, ' '));
  peer_.Send(std::string(100'000, ' '));
  EXPECT_LE(peer_.session().kept_input_bytes(), 2 * kMaxUnfinishedLineBytes);
  EXPECT_EQ(peer_.Ask("\r\n"), "END\r\n");
}

// A gat has its exptime in front of its keys, and memcached's limit.
TEST_F(SessionMultiget, IsNotForGat) {
  EXPECT_EQ(peer_.Ask("gat 0" + keys_ + "\r\n"), expected_ + "END\r\n");
  peer_.Send("gat 0" + keys_);
  EXPECT_TRUE(peer_.ended());
}

}  // namespace
}  // namespace ringcached::protocol
