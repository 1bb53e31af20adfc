#include "server/net/watch_hub.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/execute.h"

namespace ringcached::server {
namespace {

using protocol::kWatchDeletions;
using protocol::kWatchEvictions;
using protocol::kWatchFetchers;
using protocol::kWatchMutations;
using protocol::WatchTopic;
using Progress = protocol::ReplyStream::Progress;

constexpr int64_t kNowUs = 1'700'000'000'000'042;

class FakeHome final : public WatcherHome {
 public:
  void WakeForWatchers() override { ++wakes; }
  int wakes = 0;
};

// What a watcher would send now.
std::string Read(protocol::ReplyStream& watcher) {
  protocol::ExecuteContext context;
  protocol::ReplySink sink;
  while (watcher.Continue(context, sink) == Progress::kMore) {
  }
  std::string text;
  sink.VisitPieces([&](std::string_view piece) { text += piece; });
  return text;
}

class WatchHubTest : public testing::Test {
 protected:
  static constexpr size_t kBufferBytes = 200;

  // One event, in a turn of its own.
  void Tell(WatchTopic topic, std::string_view line) {
    events_.Write(topic, line);
    events_.Publish(kNowUs);
  }
  // A watcher that has said OK.
  std::unique_ptr<protocol::ReplyStream> Watch(uint32_t topics) {
    std::unique_ptr<protocol::ReplyStream> watcher = hub_.Watch(topics, &home_);
    EXPECT_EQ(Read(*watcher), "OK\r\n");
    return watcher;
  }

  WatchHub hub_{kBufferBytes};
  ReactorEvents events_{&hub_, /*buffer_bytes=*/1000};
  FakeHome home_;
};

TEST_F(WatchHubTest, ALineHasATimeAndANumber) {
  const auto watcher = Watch(kWatchFetchers);
  events_.Write(kWatchFetchers, "type=first");
  events_.Write(kWatchFetchers, "type=second");
  EXPECT_EQ(Read(*watcher), "") << "the turn has not ended";
  events_.Publish(kNowUs);
  EXPECT_EQ(Read(*watcher),
            "ts=1700000000.000042 gid=1 type=first\n"
            "ts=1700000000.000042 gid=2 type=second\n");
  events_.Publish(kNowUs);
  EXPECT_EQ(Read(*watcher), "");
}

TEST_F(WatchHubTest, EachIsToldItsTopicsAlone) {
  const auto fetchers = Watch(kWatchFetchers);
  const auto both = Watch(kWatchFetchers | kWatchMutations);
  Tell(kWatchFetchers, "a");
  Tell(kWatchMutations, "b");
  Tell(kWatchEvictions, "c");
  EXPECT_EQ(Read(*fetchers), "ts=1700000000.000042 gid=1 a\n");
  EXPECT_EQ(Read(*both), "ts=1700000000.000042 gid=1 a\nts=1700000000.000042 gid=2 b\n");
}

TEST_F(WatchHubTest, ATopicIsWantedAsLongAsSomebodyWatchesIt) {
  EXPECT_FALSE(events_.Wants(protocol::kWatchableTopics));
  auto fetchers = Watch(kWatchFetchers | kWatchDeletions);
  auto also_fetchers = Watch(kWatchFetchers);
  EXPECT_TRUE(events_.Wants(kWatchFetchers));
  EXPECT_TRUE(events_.Wants(kWatchDeletions | kWatchMutations));
  EXPECT_FALSE(events_.Wants(kWatchMutations));
  fetchers.reset();
  EXPECT_TRUE(events_.Wants(kWatchFetchers));
  EXPECT_FALSE(events_.Wants(kWatchDeletions));
  also_fetchers.reset();
  EXPECT_FALSE(events_.Wants(protocol::kWatchableTopics));
  EXPECT_EQ(hub_.Figures().watchers, 0U);
  Tell(kWatchFetchers, "nobody's");
}

TEST_F(WatchHubTest, WithoutAHubNothingIsWanted) {
  ReactorEvents nowhere(nullptr, 1000);
  EXPECT_FALSE(nowhere.Wants(protocol::kWatchableTopics));
  nowhere.Publish(kNowUs);
}

TEST_F(WatchHubTest, ThereIsALimitToWatchers) {
  std::vector<std::unique_ptr<protocol::ReplyStream>> watchers;
  for (size_t i = 0; i < kMaxWatchers; ++i) watchers.push_back(Watch(kWatchFetchers));
  EXPECT_EQ(hub_.Figures().watchers, kMaxWatchers);
  EXPECT_EQ(hub_.Watch(kWatchMutations, &home_), nullptr);
  EXPECT_FALSE(events_.Wants(kWatchMutations)) << "the one that was refused counts";
  watchers.erase(watchers.begin() + 3);
  EXPECT_NE(hub_.Watch(kWatchMutations, &home_), nullptr);
}

TEST_F(WatchHubTest, TheReactorIsWokenOnceForWhatIsNotTaken) {
  const auto watcher = Watch(kWatchFetchers);
  Tell(kWatchFetchers, "a");
  Tell(kWatchFetchers, "b");
  EXPECT_EQ(home_.wakes, 1);
  Read(*watcher);
  Tell(kWatchMutations, "not watched");
  EXPECT_EQ(home_.wakes, 1);
  Tell(kWatchFetchers, "c");
  EXPECT_EQ(home_.wakes, 2);
}

// Lines without a head are counted by their numbers: which of them are in `text`.
std::vector<int> LinesIn(const std::string& text) {
  std::vector<int> lines;
  for (size_t at = text.find("line="); at != std::string::npos; at = text.find("line=", at + 1)) {
    lines.push_back(std::stoi(text.substr(at + 5)));
  }
  return lines;
}

TEST_F(WatchHubTest, WhoReadsTooSlowlyLosesLinesAndIsTold) {
  const auto slow = Watch(kWatchFetchers);
  const auto fast = Watch(kWatchFetchers);
  std::string all;
  for (int i = 0; i < 10; ++i) {
    Tell(kWatchFetchers, "line=" + std::to_string(i));
    all += Read(*fast);
  }
  EXPECT_EQ(LinesIn(all), (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  const std::string kept = Read(*slow);
  EXPECT_LE(kept.size(), kBufferBytes);
  const std::vector<int> lines = LinesIn(kept);
  ASSERT_LT(lines.size(), 10U);
  ASSERT_GT(lines.size(), 2U);
  for (size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i], static_cast<int>(i));
  EXPECT_EQ(kept.find("skipped"), std::string::npos) << kept;
  const size_t lost = 10 - lines.size();
  EXPECT_EQ(hub_.Figures().skipped, lost);
  EXPECT_EQ(hub_.Figures().sent, 10 + lines.size());
  EXPECT_EQ(hub_.Figures().written, 10U);
  Tell(kWatchFetchers, "line=10");
  Tell(kWatchFetchers, "line=11");
  EXPECT_EQ(Read(*slow), "skipped=" + std::to_string(lost) +
                             "\nts=1700000000.000042 gid=11 line=10\n"
                             "ts=1700000000.000042 gid=12 line=11\n");
  EXPECT_EQ(hub_.Figures().skipped, lost);
}

TEST_F(WatchHubTest, ALineThatNeverFitsIsLost) {
  const auto watcher = Watch(kWatchFetchers);
  Tell(kWatchFetchers, std::string(kBufferBytes, 'x'));
  EXPECT_EQ(Read(*watcher), "");
  EXPECT_EQ(home_.wakes, 0);
  EXPECT_EQ(hub_.Figures().skipped, 1U);
  Tell(kWatchFetchers, "a");
  EXPECT_EQ(Read(*watcher), "skipped=1\nts=1700000000.000042 gid=2 a\n");
}

TEST_F(WatchHubTest, ATurnsLinesAreBounded) {
  const auto watcher = Watch(kWatchFetchers);
  for (int i = 0; i < 1000; ++i) events_.Write(kWatchFetchers, "0123456789");
  events_.Publish(kNowUs);
  EXPECT_EQ(hub_.Figures().written, 100U);
  EXPECT_EQ(hub_.Figures().dropped, 900U);
  events_.Write(kWatchFetchers, "0123456789");
  events_.Publish(kNowUs);
  EXPECT_EQ(hub_.Figures().written, 101U);
}

// More than one sink takes: the stream comes back for the rest, and nothing is lost at the seams.
TEST(WatchHubPieceTest, ALongBacklogIsSentInPieces) {
  WatchHub hub(/*watcher_buffer_bytes=*/300'000);
  ReactorEvents events(&hub, /*buffer_bytes=*/1'000'000);
  FakeHome home;
  const auto watcher = hub.Watch(kWatchFetchers, &home);
  for (int i = 0; i < 5000; ++i) events.Write(kWatchFetchers, "line=" + std::to_string(i));
  events.Publish(kNowUs);
  ASSERT_EQ(hub.Figures().skipped, 0U);
  protocol::ExecuteContext context;
  std::string all;
  int pieces = 0;
  for (Progress progress = Progress::kMore; progress == Progress::kMore; ++pieces) {
    protocol::ReplySink sink;
    progress = watcher->Continue(context, sink);
    EXPECT_LE(sink.total_bytes(), protocol::kSinkOwnedBytes);
    sink.VisitPieces([&](std::string_view piece) { all += piece; });
  }
  EXPECT_GT(pieces, 3);
  const std::vector<int> lines = LinesIn(all);
  ASSERT_EQ(lines.size(), 5000U);
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(lines[static_cast<size_t>(i)], i);
}

}  // namespace
}  // namespace ringcached::server
