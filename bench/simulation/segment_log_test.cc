#include "bench/simulation/segment_log.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace ringcached::simulation {
namespace {

constexpr uint64_t kSegmentBytes = 30;

TEST(SegmentLogTest, FillsSegmentsInOrder) {
  const std::vector<uint32_t> bytes(7, 10);
  SegmentLog log(bytes, kSegmentBytes, {0});
  EXPECT_EQ(log.BytesToOpen(0, 0), kSegmentBytes);
  for (Object object = 0; object < 7; ++object) log.Append(object, 0, kNever);
  EXPECT_EQ(log.queue(0).size(), 2u);  // a third is open
  EXPECT_EQ(log.held_bytes(), 3 * kSegmentBytes);
  EXPECT_EQ(log.BytesToOpen(0, 0), 0u);
  EXPECT_EQ(log.LiveItems(*log.Oldest(0)), (std::vector<Object>{0, 1, 2}));
}

TEST(SegmentLogTest, WhatIsRemovedIsDeadUntilItsSegmentIsReleased) {
  const std::vector<uint32_t> bytes(4, 10);
  SegmentLog log(bytes, kSegmentBytes, {0});
  for (Object object = 0; object < 4; ++object) log.Append(object, 0, kNever);
  log.Remove(1);
  log.Append(1, 0, kNever);  // elsewhere
  const SegmentId oldest = *log.Oldest(0);
  EXPECT_EQ(log.LiveItems(oldest), (std::vector<Object>{0, 2}));
  EXPECT_EQ(log.used_bytes(), 50u);
  EXPECT_EQ(log.live_bytes(), 40u);
  log.Remove(0);
  log.Remove(2);
  log.Release(oldest);
  EXPECT_EQ(log.used_bytes(), 20u);
  EXPECT_EQ(log.held_bytes(), kSegmentBytes);
  EXPECT_FALSE(log.Holds(0));
  EXPECT_TRUE(log.Holds(1));
}

TEST(SegmentLogTest, LargeItemHasItsOwnSegment) {
  const std::vector<uint32_t> bytes{10, 100, 10};
  SegmentLog log(bytes, kSegmentBytes, {0});
  for (Object object = 0; object < 3; ++object) log.Append(object, 0, kNever);
  EXPECT_EQ(log.held_bytes(), kSegmentBytes + 100);
  EXPECT_TRUE(log.IsOversize(*log.Oldest(0)));
  EXPECT_EQ(log.LiveItems(*log.Oldest(0)), std::vector<Object>{1});
}

TEST(SegmentLogTest, LanesBelongToQueues) {
  const std::vector<uint32_t> bytes(6, 20);
  SegmentLog log(bytes, kSegmentBytes, {0, 0, 1});
  for (Object object = 0; object < 6; ++object) log.Append(object, object % 3, kNever);
  EXPECT_EQ(log.queue(0).size(), 2u);
  EXPECT_EQ(log.queue(1).size(), 1u);
  EXPECT_EQ(log.queue_bytes(0), 4 * kSegmentBytes);
  EXPECT_EQ(log.LaneOf(5), 2u);
}

}  // namespace
}  // namespace ringcached::simulation
