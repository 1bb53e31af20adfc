#include "server/net/memory_ledger.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "storage/cache.h"

namespace ringcached::server {
namespace {

constexpr size_t kMiB = size_t{1} << 20;
constexpr storage::CacheSecond kNow = storage::kFirstSecond;

// A ledger of a process of which the test says what it has beside the cache.
class MemoryLedgerTest : public ::testing::Test {
 protected:
  MemoryLedgerTest() : cache_(*storage::Cache::Create({})) {}

  uint64_t CacheBytes() const {
    const storage::CacheStats stats = cache_->Stats();
    return stats.cache_bytes();
  }
  // What the cache has been told after a measurement that finds `bytes` beside it.
  uint64_t ToldAfter(size_t bytes) {
    beside_bytes_ = bytes;
    now_ms_ += MemoryLedger::kPeriodMs;
    ledger_.Tick(now_ms_, kNow);
    return cache_->Stats().other_bytes;
  }

  std::unique_ptr<storage::Cache> cache_;
  size_t beside_bytes_ = 0;
  bool known_ = true;
  int reads_ = 0;
  size_t unused_bytes_ = 0;  // of those beside the cache, what the allocator could give back
  int64_t now_ms_ = 1'000'000;
  MemoryLedger ledger_{{.resident_bytes =
                            [this] {
                              ++reads_;
                              return known_ ? CacheBytes() + beside_bytes_ : 0;
                            },
                        .return_unused =
                            [this](bool all) {
                              if (all) beside_bytes_ -= unused_bytes_;
                            }},
                       *cache_};
};

TEST_F(MemoryLedgerTest, TellsTheCacheAtOnceWhatTheRestTakes) {
  EXPECT_EQ(ToldAfter(5 * kMiB), 5 * kMiB);
  EXPECT_EQ(ToldAfter(9 * kMiB), 9 * kMiB);
  EXPECT_EQ(ledger_.resident_bytes(), CacheBytes() + 9 * kMiB);
}

TEST_F(MemoryLedgerTest, ItemsAreNotTheRest) {
  EXPECT_EQ(ToldAfter(5 * kMiB), 5 * kMiB);
  const std::string value(kMiB / 2, 'v');
  storage::StoreRequest request;
  request.key = cache_->Hash("key");
  request.value = value;
  EXPECT_EQ(cache_->Store(request, kNow).status, storage::StoreStatus::kStored);
  EXPECT_EQ(ToldAfter(5 * kMiB), 5 * kMiB);
}

TEST_F(MemoryLedgerTest, SmallDifferencesAreNotTold) {
  EXPECT_EQ(ToldAfter(5 * kMiB), 5 * kMiB);
  // A 200th of 64 MiB is more than 256 KiB.
  EXPECT_EQ(ToldAfter(5 * kMiB + kMiB / 4), 5 * kMiB);
  EXPECT_EQ(ToldAfter(5 * kMiB + kMiB / 2), 5 * kMiB + kMiB / 2);
}

TEST_F(MemoryLedgerTest, GivesBackOnlyWhatHasNotBeenNeededForAWhile) {
  EXPECT_EQ(ToldAfter(20 * kMiB), 20 * kMiB);
  for (size_t i = 1; i < MemoryLedger::kPeriods; ++i) {
    EXPECT_EQ(ToldAfter(5 * kMiB), 20 * kMiB) << i;
  }
  EXPECT_EQ(ToldAfter(5 * kMiB), 5 * kMiB);
}

TEST_F(MemoryLedgerTest, ForgetsAcrossAPause) {
  EXPECT_EQ(ToldAfter(20 * kMiB), 20 * kMiB);
  now_ms_ += 1'000'000'000;
  EXPECT_EQ(ToldAfter(5 * kMiB), 5 * kMiB);
}

TEST_F(MemoryLedgerTest, MeasuresAtIntervals) {
  EXPECT_EQ(ledger_.WaitMs(now_ms_), 0);
  ToldAfter(kMiB);
  EXPECT_EQ(reads_, 1);
  EXPECT_EQ(ledger_.WaitMs(now_ms_), MemoryLedger::kIdleIntervalMs);
  EXPECT_EQ(ledger_.WaitMs(now_ms_ + 100), MemoryLedger::kIdleIntervalMs - 100);
  EXPECT_EQ(ledger_.WaitMs(now_ms_ + 1'000'000), 0);
  ledger_.Tick(now_ms_ + MemoryLedger::kBusyIntervalMs - 1, kNow);
  EXPECT_EQ(reads_, 1);
  ledger_.Tick(now_ms_ + MemoryLedger::kBusyIntervalMs, kNow);
  EXPECT_EQ(reads_, 2);
}

TEST_F(MemoryLedgerTest, BeforeTheCacheDropsAnythingTheAllocatorGivesBackWhatIsUnused) {
  EXPECT_EQ(ToldAfter(62 * kMiB), 62 * kMiB) << "nothing is dropped within the limit";
  EXPECT_EQ(reads_, 1);
  unused_bytes_ = 60 * kMiB;
  EXPECT_EQ(ToldAfter(70 * kMiB), 62 * kMiB);
  EXPECT_EQ(reads_, 3);
  EXPECT_EQ(ledger_.resident_bytes(), CacheBytes() + 10 * kMiB);
}

TEST_F(MemoryLedgerTest, WhatIsLeftThenIsTheRest) {
  EXPECT_EQ(ToldAfter(62 * kMiB), 62 * kMiB);
  unused_bytes_ = 1 * kMiB;
  EXPECT_EQ(ToldAfter(70 * kMiB), 69 * kMiB);
}

TEST_F(MemoryLedgerTest, AnUnknownSizeChangesNothing) {
  EXPECT_EQ(ToldAfter(5 * kMiB), 5 * kMiB);
  known_ = false;
  EXPECT_EQ(ToldAfter(50 * kMiB), 5 * kMiB);
}

}  // namespace
}  // namespace ringcached::server
