#include "storage/shard_ages.h"

#include <gtest/gtest.h>

namespace ringcached::storage {
namespace {

constexpr size_t kShards = 3;
constexpr uint64_t kSlack = 10;

TEST(ShardAges, TheOldestHasTheSegmentThatWasSealedFirst) {
  ShardAges ages(kShards, kSlack);
  ages.Publish(0, 30, 0, 900);
  ages.Publish(1, 20, 0, 100);
  ages.Publish(2, 25, 0, 500);
  EXPECT_EQ(ages.Oldest(), 1u);
  ages.Publish(1, 40, 0, 100);
  EXPECT_EQ(ages.Oldest(), 2u);
}

TEST(ShardAges, WhatIsDeadGoesBeforeWhatIsOld) {
  ShardAges ages(kShards, kSlack);
  ages.Publish(0, 1, 0, 100);
  ages.Publish(1, 50, 7, 100);
  ages.Publish(2, ShardAges::kNone, 8, 100);
  EXPECT_EQ(ages.Oldest(), 2u);
  ages.Publish(2, 60, 7, 100);
  EXPECT_EQ(ages.Oldest(), 1u) << "as much dead, and older";
  ages.Publish(1, 50, 0, 100);
  ages.Publish(2, 60, 0, 100);
  EXPECT_EQ(ages.Oldest(), 0u);
}

TEST(ShardAges, WithoutSealedSegmentsThatWhichHoldsMostIsTheOldest) {
  ShardAges ages(kShards, kSlack);
  ages.Publish(1, ShardAges::kNone, 0, 10);
  EXPECT_EQ(ages.Oldest(), 1u) << "the others have published nothing";
  ages.Publish(2, ShardAges::kNone, 0, 11);
  EXPECT_EQ(ages.Oldest(), 2u);
  ages.Publish(0, 1000, 0, 1);
  EXPECT_EQ(ages.Oldest(), 0u) << "has a sealed one";
}

TEST(ShardAges, AShardIsYoungIfSealedMoreThanTheSlackLater) {
  ShardAges ages(kShards, kSlack);
  ages.Publish(0, 100, 0, 1);
  ages.Publish(1, 100 + kSlack, 0, 1);
  ages.Publish(2, 100 + kSlack + 1, 0, 1);
  EXPECT_FALSE(ages.IsYoung(0));
  EXPECT_FALSE(ages.IsYoung(1));
  EXPECT_TRUE(ages.IsYoung(2));
}

TEST(ShardAges, AShardWithNothingSealedIsYoungIfAnotherHasSomething) {
  ShardAges ages(kShards, kSlack);
  for (size_t shard = 0; shard < kShards; ++shard) EXPECT_FALSE(ages.IsYoung(shard));
  ages.Publish(2, 1'000'000, 0, 1);
  EXPECT_TRUE(ages.IsYoung(0));
  EXPECT_TRUE(ages.IsYoung(1));
  EXPECT_FALSE(ages.IsYoung(2));
}

TEST(ShardAges, WhileAnotherHasMuchDeadAShardWithoutIsYoungWhateverItsAge) {
  ShardAges ages(kShards, kSlack);
  ages.Publish(0, 1, 0, 1);
  ages.Publish(1, 1000, 5, 1);
  ages.Publish(2, 2000, 1, 1);
  EXPECT_TRUE(ages.IsYoung(0));
  EXPECT_FALSE(ages.IsYoung(1));
  EXPECT_FALSE(ages.IsYoung(2)) << "has less dead, but much";
}

TEST(ShardAges, AShardAloneIsNeverYoung) {
  ShardAges ages(1, 0);
  EXPECT_EQ(ages.Oldest(), 0u);
  EXPECT_FALSE(ages.IsYoung(0));
  ages.Publish(0, 100, 3, 1);
  EXPECT_FALSE(ages.IsYoung(0));
}

}  // namespace
}  // namespace ringcached::storage
