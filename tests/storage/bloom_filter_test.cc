#include "storage/bloom_filter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = 64 << 20;
constexpr size_t kProbes = 100'000;
constexpr size_t kMaxPassing = kProbes * 6 / 1000;

// A filter with the set of keys that it must contain, kept as a shard keeps it.
struct FilterWithKeys {
  explicit FilterWithKeys(Allocator* allocator) : filter(allocator) { EXPECT_TRUE(filter.Init()); }

  void Add(uint64_t hash) {
    if (filter.NeedsRebuild()) Rebuild();
    filter.Add(hash);
    living.insert(hash);
  }
  bool Rebuild() {
    const bool rebuilt = filter.Rebuild(living.size(), [this](BloomTable* next) {
      for (const uint64_t hash : living) next->Add(hash);
    });
    rebuilds += rebuilt ? 1 : 0;
    return rebuilt;
  }
  void ExpectContainsAllLiving() const {
    for (const uint64_t hash : living) ASSERT_TRUE(filter.MayContain(hash));
  }

  BloomFilter filter;
  std::set<uint64_t> living;
  int rebuilds = 0;
};

class BloomFilterTest : public testing::Test {
 protected:
  BloomFilterTest() : allocator_(kLimitBytes, true), keys_(&allocator_), random_(TestSeed()) {}

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

  Allocator allocator_;
  FilterWithKeys keys_;
  std::mt19937_64 random_;
};

TEST_F(BloomFilterTest, GrowsWithTheLivingKeysAndKeepsItsErrorRate) {
  for (int i = 0; i < 100'000; ++i) keys_.Add(random_());
  EXPECT_GE(keys_.filter.capacity_keys(), 100'000u);
  EXPECT_LE(keys_.filter.capacity_keys(), 300'000u);
  keys_.ExpectContainsAllLiving();
  EXPECT_LE(CountPassing(), kMaxPassing);
}

TEST_F(BloomFilterTest, ForgetsTheDeadWithoutGrowing) {
  const size_t capacity_keys = keys_.filter.capacity_keys();
  Churn(100 * capacity_keys, capacity_keys / 2);
  EXPECT_EQ(keys_.filter.capacity_keys(), capacity_keys);
  EXPECT_GT(keys_.rebuilds, 100);
  keys_.ExpectContainsAllLiving();
  EXPECT_LE(CountPassing(), kMaxPassing);
}

TEST_F(BloomFilterTest, RetiredTablesTakeLessThanThePresentTwo) {
  Churn(400'000, 100'000);
  ASSERT_TRUE(keys_.Rebuild());
  const size_t table_bytes =
      keys_.filter.capacity_keys() / BloomTable::kKeysPerLine * kCacheLineBytes;
  // A tenth for what the allocator rounds up.
  EXPECT_LE(allocator_.used_bytes(MemoryUse::kFilter), 4 * table_bytes * 11 / 10);
}

TEST_F(BloomFilterTest, TakesTheSameSizeIfALargerTableCannotBeHad) {
  while (!keys_.filter.NeedsRebuild()) keys_.Add(random_());
  const size_t capacity_keys = keys_.filter.capacity_keys();
  allocator_.FailNthAllocationForTest(1);
  EXPECT_TRUE(keys_.Rebuild());
  EXPECT_EQ(keys_.filter.capacity_keys(), capacity_keys);
  EXPECT_FALSE(keys_.filter.NeedsRebuild());
  keys_.ExpectContainsAllLiving();
  for (size_t i = 0; i < capacity_keys; ++i) keys_.Add(random_());
  EXPECT_GT(keys_.filter.capacity_keys(), capacity_keys);
  keys_.ExpectContainsAllLiving();
}

TEST(BloomFilter, GoesOnDenserIfNoTableCanBeHad) {
  constexpr size_t kRoomForOneTableBytes = 1000;
  Allocator allocator(kRoomForOneTableBytes, false);
  FilterWithKeys keys(&allocator);
  std::mt19937_64 random(TestSeed());
  const size_t capacity_keys = keys.filter.capacity_keys();
  size_t wanted_rebuilds = 0;
  for (size_t i = 0; i < 4 * capacity_keys; ++i) {
    wanted_rebuilds += keys.filter.NeedsRebuild() ? 1 : 0;
    keys.Add(random());
  }
  EXPECT_EQ(keys.rebuilds, 0);
  EXPECT_EQ(keys.filter.capacity_keys(), capacity_keys);
  // Not at every key.
  EXPECT_GT(wanted_rebuilds, 3u);
  EXPECT_LT(wanted_rebuilds, 20u);
  keys.ExpectContainsAllLiving();
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
      keys_.filter.Rebuild(kLasting + 1, [this, latest](BloomTable* next) {
        for (const uint64_t hash : lasting_) next->Add(hash);
        next->Add(latest);
      });
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
