// Replies that go on for as long as the client listens: watch.

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/limits.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

using Status = Session::Status;

constexpr std::string_view kVersionLine = "VERSION 1.6.45-ringcached-test\r\n";

// What a stream has to say.
struct Feed {
  std::deque<std::string> lines;
  bool over = false;
  int streams = 0;  // there are
};

// One line a piece.
class FakeStream final : public ReplyStream {
 public:
  explicit FakeStream(Feed* feed) : feed_(*feed) { ++feed_.streams; }
  FakeStream(const FakeStream&) = delete;
  FakeStream& operator=(const FakeStream&) = delete;
  ~FakeStream() override { --feed_.streams; }

  Progress Continue(ExecuteContext& /*context*/, ReplySink& sink) override {
    if (feed_.lines.empty()) return feed_.over ? Progress::kWhole : Progress::kWaiting;
    sink.Append(feed_.lines.front());
    feed_.lines.pop_front();
    return Progress::kMore;
  }

 private:
  Feed& feed_;
};

class SessionStream : public testing::Test {
 protected:
  SessionStream() {
    world_.server().make_watch = [this] { return std::make_unique<FakeStream>(&feed_); };
  }

  std::string Receive(std::string_view input) {
    status_ = session_->Receive(input, false, world_.context(), sink_);
    return Take();
  }
  std::string Resume() {
    status_ = session_->Resume(world_.context(), sink_);
    return Take();
  }
  std::string Take() {
    std::string replies = Contents(sink_);
    sink_.Clear();
    return replies;
  }
  uint32_t watched_topics() { return world_.server().watched_topics; }

  Feed feed_;
  SessionWorld world_;
  std::unique_ptr<Session> session_ = std::make_unique<Session>();
  ReplySink sink_;
  Status status_ = Status::kReady;
};

TEST_F(SessionStream, WritesWhatThereIsAndWaits) {
  feed_.lines = {"OK\r\n", "one\n", "two\n"};
  EXPECT_EQ(Receive("watch\r\n"), "OK\r\none\ntwo\n");
  EXPECT_EQ(status_, Status::kReady);
  EXPECT_EQ(watched_topics(), uint32_t{kWatchFetchers});
  EXPECT_FALSE(session_->idle());
  EXPECT_EQ(Resume(), "");
  EXPECT_EQ(status_, Status::kReady);
  feed_.lines = {"three\n", "four\n"};
  EXPECT_EQ(Resume(), "three\nfour\n");
  EXPECT_EQ(status_, Status::kReady);
}

TEST_F(SessionStream, IsAskedForTopics) {
  Receive("watch mutations evictions\r\n");
  EXPECT_EQ(watched_topics(), kWatchMutations | kWatchEvictions);
  EXPECT_EQ(feed_.streams, 1);
}

TEST_F(SessionStream, DropsInputMeanwhile) {
  EXPECT_EQ(Receive("watch\r\nversion\r\nqu"), "");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Receive(std::string(1000, 'x') + "\r\nquit\r\n"), "");
  EXPECT_EQ(status_, Status::kReady);
  EXPECT_LE(session_->kept_input_bytes(), kKeptInputBytes);
  feed_.lines = {"one\n"};
  EXPECT_EQ(Receive("version\r\n"), "one\n");
  EXPECT_EQ(feed_.streams, 1);
}

TEST_F(SessionStream, StopsAtAFullSink) {
  const std::string line(kSinkOwnedBytes, 'x');
  feed_.lines = {line, "one\n"};
  status_ = session_->Receive("watch\r\n", false, world_.context(), sink_);
  EXPECT_EQ(status_, Status::kSinkFull);
  EXPECT_EQ(Contents(sink_), line);
  EXPECT_EQ(Resume(), line);
  EXPECT_EQ(Resume(), "one\n");
  EXPECT_EQ(status_, Status::kReady);
}

TEST_F(SessionStream, YieldsLikeRequests) {
  feed_.lines = {"one\n", "two\n", "three\n"};
  world_.context().requests_left = 1 + 2 * kStreamPieceRequests;
  EXPECT_EQ(Receive("watch\r\n"), "one\ntwo\n");
  EXPECT_EQ(status_, Status::kYielded);
  EXPECT_EQ(Receive("version\r\n"), "");
  EXPECT_EQ(status_, Status::kYielded);
  world_.context().requests_left = 2 * kStreamPieceRequests;
  EXPECT_EQ(Resume(), "three\n");
  EXPECT_EQ(status_, Status::kReady);
  EXPECT_LE(session_->kept_input_bytes(), kKeptInputBytes);
}

TEST_F(SessionStream, ThatIsWholeLeavesTheConnectionToCommands) {
  feed_.over = true;
  feed_.lines = {"one\n"};
  EXPECT_EQ(Receive("watch\r\nversion\r\n"), "one\n" + std::string(kVersionLine));
  EXPECT_EQ(feed_.streams, 0);
  EXPECT_TRUE(session_->idle());
}

TEST_F(SessionStream, GoesWithItsSession) {
  Receive("watch\r\n");
  EXPECT_EQ(feed_.streams, 1);
  session_.reset();
  EXPECT_EQ(feed_.streams, 0);
}

// memcached refuses it there, and so answers by how bytes have arrived.
TEST_F(SessionStream, MayBeginBehindOtherCommands) {
  feed_.lines = {"one\n"};
  EXPECT_EQ(Receive("version\r\nwatch\r\n"), std::string(kVersionLine) + "one\n");
  EXPECT_EQ(feed_.streams, 1);
}

TEST_F(SessionStream, IsRefusedIfThereAreTooMany) {
  world_.server().make_watch = nullptr;
  EXPECT_EQ(Receive("watch\r\nversion\r\n"),
            "WATCHER_TOO_MANY log watcher limit reached\r\n" + std::string(kVersionLine));
  EXPECT_TRUE(session_->idle());
}

TEST_F(SessionStream, IsRefusedWithoutPermission) {
  world_.server().permissions.watch = false;
  EXPECT_EQ(Receive("watch fetchers\r\nversion\r\n"),
            "CLIENT_ERROR watch commands not allowed\r\n" + std::string(kVersionLine));
  EXPECT_EQ(watched_topics(), 0u);
}

TEST_F(SessionStream, IsNotForUnknownTopics) {
  EXPECT_EQ(Receive("watch fetchers foo\r\n"), "ERROR\r\n");
  EXPECT_EQ(watched_topics(), 0u);
}

}  // namespace
}  // namespace ringcached::protocol
