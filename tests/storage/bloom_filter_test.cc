#include "storage/bloom_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "storage/mapped_range.h"
#include "storage/memory_ledger.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = 64 << 20;
constexpr size_t kFirstLines = 4;
constexpr size_t kProbes = 100'000;
constexpr size_t kMaxPassing = kProbes * 6 / 1000;

// A filter with the set of keys that it must contain, kept as a directory keeps it.
struct FilterWithKeys {
  explicit FilterWithKeys(MemoryLedger* ledger) : filter(ledger) {
    EXPECT_TRUE(filter.Init(kFirstLines));
  }

  void Add(uint64_t key) {
    if (filter.NeedsRebuild() && !Rebuild()) filter.PostponeRebuild();
    filter.Add(key);
    living.insert(key);
  }
  // Half as many lines again as the living need.
  bool Rebuild() {
    const size_t needed = living.size() / BloomTable::kKeysPerLine + 1;
    if (!filter.BeginRebuild(std::max(kFirstLines, needed * 3 / 2))) return false;
    for (const uint64_t key : living) filter.AddLiving(key);
    filter.FinishRebuild();
    ++rebuilds;
    return true;
  }
  void ExpectContainsAllLiving() const {
    for (const uint64_t key : living) ASSERT_TRUE(filter.MayContain(key));
  }

  BloomFilter filter;
  std::set<uint64_t> living;
  int rebuilds = 0;
};

class BloomFilterTest : public testing::Test {
 protected:
  BloomFilterTest() : ledger_(kLimitBytes), keys_(&ledger_), random_(TestSeed()) {}

  // Adds new keys and forgets each after `window` more.
  void Churn(size_t count, size_t window) {
    std::vector<uint64_t> added;
    for (size_t i = 0; i < count; ++i) {
      added.push_back(random_());
      keys_.Add(added.back());
      if (i >= window) keys_.living.erase(added[i - window]);
    }
  }
  size_t CountPassing() {
    size_t passing = 0;
    for (size_t i = 0; i < kProbes; ++i) passing += keys_.filter.MayContain(random_()) ? 1 : 0;
    return passing;
  }

  MemoryLedger ledger_;
  FilterWithKeys keys_;
  std::mt19937_64 random_;
};

TEST_F(BloomFilterTest, GrowsWithTheLivingKeysAndKeepsItsErrorRate) {
  for (int i = 0; i < 100'000; ++i) keys_.Add(random_());
  ASSERT_TRUE(keys_.Rebuild());
  EXPECT_GE(keys_.filter.capacity_keys(), 100'000u);
  EXPECT_LE(keys_.filter.capacity_keys(), 200'000u);
  keys_.ExpectContainsAllLiving();
  EXPECT_LE(CountPassing(), kMaxPassing);
}

TEST_F(BloomFilterTest, ForgetsTheDeadWithoutGrowing) {
  const size_t capacity_keys = keys_.filter.capacity_keys();
  Churn(200 * capacity_keys, capacity_keys / 2);
  EXPECT_EQ(keys_.filter.capacity_keys(), capacity_keys);
  EXPECT_GT(keys_.rebuilds, 100);
  ASSERT_TRUE(keys_.Rebuild());
  keys_.ExpectContainsAllLiving();
  EXPECT_LE(CountPassing(), kMaxPassing);
}

TEST_F(BloomFilterTest, RetiredTablesTakeNoMemory) {
  Churn(400'000, 100'000);
  ASSERT_TRUE(keys_.Rebuild());
  const size_t table_bytes =
      keys_.filter.capacity_keys() / BloomTable::kKeysPerLine * kCacheLineBytes;
  EXPECT_EQ(ledger_.bytes(MemoryPart::kFilter), RoundUpToPages(table_bytes));
}

TEST_F(BloomFilterTest, KeysAddedDuringARebuildAreInBothTables) {
  for (int i = 0; i < 100; ++i) keys_.Add(random_());
  const std::vector<uint64_t> before(keys_.living.begin(), keys_.living.end());
  ASSERT_TRUE(keys_.filter.BeginRebuild(kFirstLines));
  EXPECT_TRUE(keys_.filter.rebuilding());
  for (const uint64_t key : before) {
    keys_.filter.AddLiving(key);
    const uint64_t added = random_();
    keys_.filter.Add(added);
    keys_.living.insert(added);
    keys_.ExpectContainsAllLiving();
  }
  keys_.filter.FinishRebuild();
  EXPECT_FALSE(keys_.filter.rebuilding());
  keys_.ExpectContainsAllLiving();
}

TEST_F(BloomFilterTest, AnAbandonedRebuildLosesNothingAndGivesItsMemoryBack) {
  for (int i = 0; i < 100; ++i) keys_.Add(random_());
  const size_t bytes = ledger_.total_bytes();
  const size_t capacity_keys = keys_.filter.capacity_keys();
  ASSERT_TRUE(keys_.filter.BeginRebuild(1000));
  EXPECT_GT(ledger_.total_bytes(), bytes);
  keys_.Add(random_());
  keys_.filter.AbandonRebuild();
  EXPECT_EQ(ledger_.total_bytes(), bytes);
  EXPECT_EQ(keys_.filter.capacity_keys(), capacity_keys);
  keys_.ExpectContainsAllLiving();
  // The same table serves the next rebuild, and nothing is left in it.
  ASSERT_TRUE(keys_.filter.BeginRebuild(1000));
  keys_.filter.FinishRebuild();
  EXPECT_EQ(CountPassing(), 0u);
}

TEST_F(BloomFilterTest, GoesOnDenserIfNoTableCanBeHad) {
  const size_t capacity_keys = keys_.filter.capacity_keys();
  size_t refused = 0;
  for (size_t i = 0; i < 8 * capacity_keys; ++i) {
    ledger_.FailNthChargeForTest(1);
    keys_.Add(random_());
    refused += ledger_.FailNthChargeForTest(0) == 0 ? 1 : 0;
  }
  EXPECT_EQ(keys_.rebuilds, 0);
  EXPECT_EQ(keys_.filter.capacity_keys(), capacity_keys);
  // Not at every key.
  EXPECT_GT(refused, 3u);
  EXPECT_LT(refused, 24u);
  keys_.ExpectContainsAllLiving();
}

// One thread rebuilds the filter in place without a pause, so that a reader's table is often
// cleared while it looks. Readers ask for keys that are there throughout, and for the latest one
// added.
class BloomFilterThreadsTest : public BloomFilterTest {
 protected:
  static constexpr size_t kLasting = 16;
  static constexpr int kRebuilds = 100'000;

  BloomFilterThreadsTest() {
    for (size_t i = 0; i < kLasting; ++i) lasting_.push_back(random_());
    for (const uint64_t hash : lasting_) keys_.filter.Add(hash);
  }

  void Write() {
    for (int i = 0; i < kRebuilds || true_negatives_ == 0; ++i) {
      const uint64_t latest = random_();
      keys_.filter.Add(latest);
      latest_.store(latest);
      // Two sizes in turn, so that a table is reused while readers may still look at it.
      ASSERT_TRUE(keys_.filter.BeginRebuild(1 + static_cast<size_t>(i % 2)));
      for (const uint64_t hash : lasting_) keys_.filter.AddLiving(hash);
      keys_.filter.AddLiving(latest);
      keys_.filter.FinishRebuild();
    }
    done_ = true;
  }

  void Read(uint64_t absent) {
    while (!done_.load(std::memory_order_relaxed)) {
      for (const uint64_t hash : lasting_) {
        false_negatives_ += keys_.filter.MayContain(hash) ? 0 : 1;
      }
      const uint64_t latest = latest_.load();
      // It is forgotten only once there is a later one.
      if (!keys_.filter.MayContain(latest) && latest_.load() == latest) ++false_negatives_;
      true_negatives_ += keys_.filter.MayContain(absent += 0x9e3779b97f4a7c15) ? 0 : 1;
    }
  }

  std::vector<uint64_t> lasting_;
  std::atomic<uint64_t> latest_{0};
  std::atomic<bool> done_{false};
  std::atomic<uint64_t> false_negatives_{0};
  std::atomic<uint64_t> true_negatives_{0};
};

TEST_F(BloomFilterThreadsTest, NoReaderGetsAFalseNegativeDuringRebuilds) {
  latest_ = lasting_.front();
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) readers.emplace_back([this, absent = random_()] { Read(absent); });
  Write();
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(false_negatives_, 0u);
  EXPECT_GT(true_negatives_, 0u);
}

}  // namespace
}  // namespace ringcached::storage
