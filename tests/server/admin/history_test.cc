#include "server/admin/history.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace ringcached::server {
namespace {

using protocol::Counter;

// A server after so many gets, each second one a hit.
std::unique_ptr<ServerSnapshot> After(uint64_t gets) {
  auto snapshot = std::make_unique<ServerSnapshot>();
  snapshot->totals.values[static_cast<size_t>(Counter::kCmdGet)] = gets;
  snapshot->totals.values[static_cast<size_t>(Counter::kGetHits)] = gets / 2;
  snapshot->cache.items = gets;
  return snapshot;
}

TEST(HistoryTest, ARowIsBetweenTwoSnapshots) {
  History history;
  history.Add(After(1000), 100, 0);
  EXPECT_TRUE(history.Rows().empty());
  auto snapshot = After(1200);
  snapshot->totals.values[static_cast<size_t>(Counter::kCmdSet)] = 10;
  snapshot->totals.values[static_cast<size_t>(Counter::kDeleteMisses)] = 20;
  snapshot->totals.values[static_cast<size_t>(Counter::kCmdTouch)] = 2;
  snapshot->cache.evictions = 30;
  snapshot->figures.curr_connections = 7;
  snapshot->figures.resident_bytes = 4711;
  snapshot->figures.rusage_user_us = 1'500'000;
  snapshot->figures.rusage_system_us = 500'000;
  history.Add(std::move(snapshot), 102, 2);
  ASSERT_EQ(history.Rows().size(), 1u);
  const HistoryRow row = history.Rows().front();
  EXPECT_EQ(row.unix_seconds, 102);
  EXPECT_DOUBLE_EQ(row.gets_per_s, 100);
  EXPECT_DOUBLE_EQ(row.hits_per_s, 50);
  EXPECT_DOUBLE_EQ(row.sets_per_s, 5);
  EXPECT_DOUBLE_EQ(row.others_per_s, 11);
  EXPECT_DOUBLE_EQ(row.evictions_per_s, 15);
  EXPECT_EQ(row.connections, 7u);
  EXPECT_EQ(row.items, 1200u);
  EXPECT_EQ(row.resident_bytes, 4711u);
  EXPECT_DOUBLE_EQ(row.cpu_cores, 1);
  EXPECT_FALSE(row.p50_us.has_value());
}

TEST(HistoryTest, LatenciesAreThoseOfTheInterval) {
  constexpr size_t kSlow = 200;
  History history;
  auto before = After(0);
  before->latencies[0].Add(kSlow, 1000);
  auto after = std::make_unique<ServerSnapshot>(*before);
  after->latencies[0].Add(10, 98);
  after->latencies[1].Add(20, 2);
  history.Add(std::move(before), 100, 0);
  history.Add(std::move(after), 102, 2);
  const HistoryRow row = history.Rows().front();
  EXPECT_DOUBLE_EQ(row.p50_us.value(),
                   static_cast<double>(LatencyHistogram::Buckets::UpperEndNs(10)) / 1000);
  EXPECT_DOUBLE_EQ(row.p99_us.value(),
                   static_cast<double>(LatencyHistogram::Buckets::UpperEndNs(20)) / 1000);
}

TEST(HistoryTest, TheOldestRowsGo) {
  History history;
  for (size_t i = 0; i <= History::kMaxRows + 5; ++i) {
    history.Add(After(i), static_cast<int64_t>(i), 1);
  }
  ASSERT_EQ(history.Rows().size(), History::kMaxRows);
  EXPECT_EQ(history.Rows().front().unix_seconds, 6);
  EXPECT_EQ(history.Rows().back().unix_seconds, static_cast<int64_t>(History::kMaxRows + 5));
}

TEST(HistoryTest, TheHitRatioIsTheLastMinutes) {
  History history;
  EXPECT_FALSE(history.RecentHitRatio().has_value());
  history.Add(After(0), 0, 0);
  history.Add(After(100), 2, 2);
  EXPECT_DOUBLE_EQ(history.RecentHitRatio().value(), 0.5);
  // Without gets for longer than a minute there is none.
  for (size_t i = 0; i < History::kRecentRows; ++i) history.Add(After(100), 4, 2);
  EXPECT_FALSE(history.RecentHitRatio().has_value());
}

}  // namespace
}  // namespace ringcached::server
