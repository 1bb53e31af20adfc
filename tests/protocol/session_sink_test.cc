// A session stops when its sink is full and goes on where it stopped: however seldom the sink is
// emptied, and whatever comes meanwhile, the replies are the same.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "protocol/limits.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

constexpr size_t kLongestReplyBytes = 1 << 20;

// The values are long enough to be copied, or to be pinned.
class SessionSink : public testing::TestWithParam<size_t> {
 protected:
  SessionSink() : value_(GetParam(), 'v') {
    SessionPeer peer(world_);
    for (int i = 0; i < kItems; ++i) {
      EXPECT_EQ(peer.Ask("set " + Key(i) + " 0 0 " + std::to_string(value_.size()) + "\r\n" +
                         value_ + "\r\n"),
                "STORED\r\n");
    }
  }

  static std::string Key(int i) { return "key" + std::to_string(i % kItems); }
  std::string Hit(int i) const {
    return "VALUE " + Key(i) + " 0 " + std::to_string(value_.size()) + "\r\n" + value_ + "\r\n";
  }

  // Gives the session what is in `input_` up to `bytes` of it.
  void Receive(size_t bytes) {
    const size_t taken = std::min(bytes, input_.size());
    status_ =
        session_.Receive(std::string_view(input_).substr(0, taken), false, world_.context(), sink_);
    input_.erase(0, taken);
    CheckBounds();
  }
  void Drain() {
    replies_ += Contents(sink_);
    sink_.Clear();
  }
  void Resume() {
    status_ = session_.Resume(world_.context(), sink_);
    CheckBounds();
  }
  void DrainUntilReady() {
    Drain();
    while (status_ == Session::Status::kSinkFull) {
      Resume();
      Drain();
      ++resumes_;
    }
  }

  void CheckBounds() {
    size_t pieces = 0;
    sink_.VisitPieces([&](std::string_view piece) {
      EXPECT_FALSE(piece.empty());
      ++pieces;
    });
    EXPECT_LE(pieces, kMaxSinkPieces);
    EXPECT_LE(sink_.total_bytes(), kSinkOwnedBytes + kSinkPinnedBytes + kLongestReplyBytes);
  }

  // A pipeline of all kinds of replies, and what they are.
  void MakePipeline(int commands) {
    for (int i = 0; i < commands; ++i) {
      input_ += "get " + Key(i) + "\r\nget nothing\r\nget " + Key(i) + " nothing " + Key(i + 1) +
                "\r\ntouch " + Key(i) + " 0\r\nbogus\r\nset n 0 0 1\r\n7\r\nincr n 1\r\n";
      expected_ += Hit(i) + "END\r\nEND\r\n" + Hit(i) + Hit(i + 1) +
                   "END\r\nTOUCHED\r\nERROR\r\nSTORED\r\n8\r\n";
    }
  }

  static constexpr int kItems = 7;

  const std::string value_;
  SessionWorld world_;
  Session session_;
  ReplySink sink_;
  Session::Status status_ = Session::Status::kReady;
  std::string input_;
  std::string expected_;
  std::string replies_;
  int resumes_ = 0;
};

TEST_P(SessionSink, FullInAMultigetResumesAtTheNextKey) {
  input_ = "get";
  for (int i = 0; i < 300; ++i) {
    input_ += " " + Key(i) + " nothing";
    expected_ += Hit(i);
  }
  input_ += "\r\nversion\r\n";
  expected_ += "END\r\nVERSION 1.6.45-ringcached-test\r\n";
  Receive(input_.size());
  EXPECT_EQ(status_, Session::Status::kSinkFull);
  DrainUntilReady();
  EXPECT_GT(resumes_, 2);
  EXPECT_EQ(replies_, expected_);
  EXPECT_TRUE(session_.idle());
  EXPECT_EQ(world_.Count(Counter::kGetHits), 300u);
  EXPECT_EQ(world_.Count(Counter::kGetMisses), 300u);
}

TEST_P(SessionSink, FullInAPipelineResumesAtTheNextCommand) {
  MakePipeline(100);
  Receive(input_.size());
  EXPECT_EQ(status_, Session::Status::kSinkFull);
  DrainUntilReady();
  EXPECT_GT(resumes_, 2);
  EXPECT_EQ(replies_, expected_);
}

TEST_P(SessionSink, InputThatComesWhileItIsFullIsKept) {
  MakePipeline(100);
  while (!input_.empty()) Receive(1000);
  EXPECT_EQ(status_, Session::Status::kSinkFull);
  EXPECT_GT(session_.kept_input_bytes(), 1000u);
  DrainUntilReady();
  EXPECT_EQ(replies_, expected_);
  EXPECT_LE(session_.kept_input_bytes(), kKeptInputBytes);
}

// Resuming without room changes nothing.
TEST_P(SessionSink, ResumedWhileFullStaysAsItIs) {
  MakePipeline(100);
  Receive(input_.size());
  const std::string before = Contents(sink_);
  Resume();
  EXPECT_EQ(status_, Session::Status::kSinkFull);
  EXPECT_EQ(Contents(sink_), before);
  DrainUntilReady();
  EXPECT_EQ(replies_, expected_);
}

TEST_P(SessionSink, EndsBehindTheRepliesInFront) {
  MakePipeline(50);
  input_ += "quit\r\nversion\r\n";
  Receive(input_.size());
  EXPECT_EQ(status_, Session::Status::kSinkFull);
  DrainUntilReady();
  EXPECT_EQ(status_, Session::Status::kEnded);
  EXPECT_EQ(replies_, expected_);
}

TEST_P(SessionSink, EmptiedAtRandom) {
  // A failure is repeated with --gtest_random_seed.
  const int seed = testing::UnitTest::GetInstance()->random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(static_cast<uint64_t>(seed));
  MakePipeline(100);
  while (!input_.empty()) {
    Receive(1 + random() % 3000);
    if (random() % 4 == 0) Drain();
    if (random() % 4 == 0) Resume();
  }
  DrainUntilReady();
  Resume();
  DrainUntilReady();
  EXPECT_EQ(replies_, expected_);
}

// A sink that is destroyed before it was sent releases its pins; the cache checks that none is
// left.
TEST_P(SessionSink, MayBeDestroyedFull) {
  MakePipeline(100);
  Receive(input_.size());
  EXPECT_EQ(status_, Session::Status::kSinkFull);
}

INSTANTIATE_TEST_SUITE_P(CopiedAndPinned, SessionSink,
                         testing::Values(size_t{1000}, kMaxCopiedValueBytes, size_t{100'000}),
                         [](const auto& value_bytes) {
                           return std::to_string(value_bytes.param) + "Bytes";
                         });

}  // namespace
}  // namespace ringcached::protocol
