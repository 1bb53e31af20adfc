// Items, index and filters never take more than the budget and the little beyond it that cleaning
// needs for a moment, whatever is stored.

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

std::string LimitName(const testing::TestParamInfo<size_t>& limit) {
  return Numbered("MiB", limit.param / kMiB);
}

class CacheBudgetTest : public testing::TestWithParam<size_t> {
 protected:
  static constexpr size_t kLargestGivenBytes = 330'000;

  // Stores new keys with values of that size, more than the budget holds.
  static void Fill(TestCache& cache, size_t value_bytes) {
    const std::string value(value_bytes, 'x');
    const size_t enough = cache->options().memory_limit_bytes / (value_bytes + 60);
    const std::string prefix = std::to_string(value_bytes) + ":";
    for (size_t i = 0; i < enough; ++i) {
      ASSERT_EQ(cache.Set(Numbered(prefix, i), value).status, StoreStatus::kStored);
      if (i % 256 != 0) continue;
      ASSERT_LE(BudgetedBytes(cache->Stats()), BudgetBoundBytes(cache->Stats())) << value_bytes;
    }
    EXPECT_LE(BudgetedBytes(cache->Stats()), BudgetBoundBytes(cache->Stats()));
    // The index must follow the number of items even if they displace larger ones.
    EXPECT_GE(cache->Stats().index_slots, cache->Stats().items / 2);
  }
};

TEST_P(CacheBudgetTest, HoldsAfterEveryShiftOfSizes) {
  TestCache cache(GetParam());
  for (const size_t value_bytes : {100'000u, 10u, 150'000u, 800u, 0u}) {
    Fill(cache, value_bytes);
    if (HasFatalFailure()) return;
    // And is used: dropping one of the largest items may have freed that much more than was needed.
    const size_t spare_bytes = kLargestGivenBytes + 2 * cache->Stats().segment_size_bytes;
    EXPECT_GE(BudgetedBytes(cache->Stats()) + spare_bytes, GetParam());
  }
  EXPECT_GT(cache->Stats().evictions, 0u);
}

INSTANTIATE_TEST_SUITE_P(Limits, CacheBudgetTest, testing::Values(1 * kMiB, 8 * kMiB, 16 * kMiB),
                         LimitName);

TEST(CacheBudget, ALargeItemTakesRoomFromOtherShards) {
  CacheOptions options;
  options.max_item_bytes = 32 * kMiB;
  TestCache cache(options);
  for (int i = 0; i < 100'000; ++i) cache.Set(std::to_string(i), std::string(1000, 'x'));
  ASSERT_GT(cache->Stats().shards, 1u);
  const std::string large(30 * kMiB, 'y');
  EXPECT_EQ(cache.Set("large", large).status, StoreStatus::kStored);
  EXPECT_LE(BudgetedBytes(cache->Stats()), BudgetBoundBytes(cache->Stats()));
  EXPECT_EQ(cache.Value("large"), large);
  // Not more than was needed.
  EXPECT_GE(BudgetedBytes(cache->Stats()),
            options.memory_limit_bytes - 2 * cache->Stats().segment_size_bytes);

  Reservation reserved = cache->Reserve(cache.Hash("reserved"), 31 * kMiB, 0, kNeverExpires, kNow);
  ASSERT_EQ(reserved.status, StoreStatus::kStored);
  EXPECT_LE(BudgetedBytes(cache->Stats()), BudgetBoundBytes(cache->Stats()));
  std::memset(reserved.item.value_data(), 'z', reserved.item.value_bytes());
  EXPECT_EQ(cache->Publish(std::move(reserved.item), {}, kNow).status, StoreStatus::kStored);
  EXPECT_LE(BudgetedBytes(cache->Stats()), BudgetBoundBytes(cache->Stats()));
}

// Open: the shard empties itself, the item included, before others give anything up.
TEST(CacheBudget, AppendMakesRoomInOtherShards) {
  CacheOptions options;
  options.max_item_bytes = 48 * kMiB;
  TestCache cache(options);
  // Old, new and both together are there for a moment.
  const std::string third(15 * kMiB, 'x');
  cache.Set("grows", third);
  for (int i = 0; i < 100'000; ++i) cache.Set(std::to_string(i), std::string(1000, 'x'));
  cache.Set("grows", third);
  EXPECT_EQ(cache.Store(StoreMode::kAppend, "grows", third).status, StoreStatus::kStored);
  EXPECT_EQ(cache.Value("grows"), third + third);
  EXPECT_LE(BudgetedBytes(cache->Stats()), BudgetBoundBytes(cache->Stats()));
}

TEST(CacheBudget, AnItemLargerThanTheBudgetIsTooLargeAndDropsNothing) {
  CacheOptions options;
  options.memory_limit_bytes = kMiB;
  options.max_item_bytes = 4 * kMiB;
  TestCache cache(options);
  cache.Set("a", "1");
  EXPECT_EQ(cache.Set("b", std::string(2 * kMiB, 'x')).status, StoreStatus::kTooLarge);
  EXPECT_EQ(cache.Value("a"), "1");
}

TEST(CacheBudget, ReservationsCannotOvercommitIt) {
  TestCache cache(kMiB);
  std::vector<UnpublishedItem> held;
  Reservation reserved;
  for (int i = 0; i < 100 && reserved.status == StoreStatus::kStored; ++i) {
    reserved = cache->Reserve(cache.Hash("a"), 100'000, 0, kNeverExpires, kNow);
    if (reserved.status == StoreStatus::kStored) held.push_back(std::move(reserved.item));
  }
  EXPECT_EQ(reserved.status, StoreStatus::kOutOfMemory);
  EXPECT_EQ(cache->Stats().out_of_memory, 1u);
  // A quarter of the budget may be arriving.
  EXPECT_EQ(held.size(), 2u);
  EXPECT_LE(BudgetedBytes(cache->Stats()), kMiB);
  held.clear();
  EXPECT_EQ(cache->Stats().large_value_bytes, 0u);
}

// evict=false.
class CacheNoEvictTest : public testing::TestWithParam<size_t> {
 protected:
  CacheNoEvictTest() : cache_(GetParam(), /*evict=*/false) {}

  // Returns how many were stored before one was refused.
  int FillUp(const std::string& prefix, size_t value_bytes) {
    const std::string value(value_bytes, 'x');
    for (int i = 0;; ++i) {
      const StoreStatus status = cache_.Set(Numbered(prefix, i), value).status;
      EXPECT_LE(BudgetedBytes(cache_->Stats()), BudgetBoundBytes(cache_->Stats()));
      if (status != StoreStatus::kStored) {
        EXPECT_EQ(status, StoreStatus::kOutOfMemory);
        return i;
      }
    }
  }

  TestCache cache_;
};

TEST_P(CacheNoEvictTest, AFullCacheRefusesAndLosesNothing) {
  const int stored = FillUp("a", 500);
  EXPECT_GT(stored, 1000);
  for (int i = 0; i < stored; ++i) {
    ASSERT_TRUE(cache_.Value(Numbered("a", i)).has_value()) << i;
  }
  EXPECT_EQ(cache_->Stats().evictions, 0u);
  EXPECT_EQ(cache_->Stats().out_of_memory, 1u);
}

TEST_P(CacheNoEvictTest, ARefusedSetLeavesTheOldItemAlone) {
  FillUp("a", 500);
  EXPECT_EQ(cache_.Set("a0", std::string(50'000, 'y')).status, StoreStatus::kOutOfMemory);
  EXPECT_EQ(cache_.Value("a0"), std::string(500, 'x'));
  EXPECT_EQ(cache_.Store(StoreMode::kAppend, "a0", std::string(50'000, 'y')).status,
            StoreStatus::kOutOfMemory);
  EXPECT_EQ(cache_.Value("a0"), std::string(500, 'x'));
}

TEST_P(CacheNoEvictTest, AnItemCanBeReplacedByOneOfItsSize) {
  FillUp("a", 500);
  EXPECT_EQ(cache_.Set("a0", std::string(500, 'y')).status, StoreStatus::kStored);
  EXPECT_EQ(cache_.Value("a0"), std::string(500, 'y'));
}

// Room is found by whole segments, so for many.
TEST_P(CacheNoEvictTest, DeletesMakeRoom) {
  const int stored = FillUp("a", 500);
  for (int i = 0; i < stored; i += 4) EXPECT_TRUE(cache_.Delete(Numbered("a", i)));
  EXPECT_GE(FillUp("b", 500), stored / 4 * 8 / 10);
  for (int i = 0; i < stored; ++i)
    EXPECT_EQ(cache_.Value(Numbered("a", i)).has_value(), i % 4 != 0);
}

TEST_P(CacheNoEvictTest, FlushedItemsMakeRoom) {
  const int stored = FillUp("a", 500);
  cache_->FlushAll(kNow, kNow);
  EXPECT_EQ(cache_->Stats().items, 0u);
  EXPECT_EQ(cache_->Stats().item_bytes, 0u);
  // The tables stay, so allow a little less.
  EXPECT_GE(FillUp("b", 500), stored - stored / 20);
  // Gone at once, not found to be so by cleaning.
  EXPECT_EQ(cache_->Stats().reclaimed, 0u);
  EXPECT_EQ(cache_->Stats().evictions, 0u);
}

// A cache that is full but for a few items, with so many that the next ones make a table grow.
TEST(CacheNoEvict, TablesDoNotGrowBeyondTheBudget) {
  for (int small_items = 700; small_items < 900; small_items += 4) {
    TestCache cache(kMiB, /*evict=*/false);
    for (int i = 0; i < small_items; ++i) cache.Set(std::to_string(i), "1");
    const std::string page(4000, 'x');
    for (int i = 0; cache.Set(Numbered("page", i), page).status == StoreStatus::kStored; ++i) {
    }
    for (int i = 0; cache.Set(Numbered("last", i), "1").status == StoreStatus::kStored; ++i) {
      ASSERT_LE(BudgetedBytes(cache->Stats()), BudgetBoundBytes(cache->Stats())) << small_items;
    }
    ASSERT_LE(BudgetedBytes(cache->Stats()), BudgetBoundBytes(cache->Stats())) << small_items;
  }
}

// Numbers with keys of 4 bytes take 28 and start at multiples of 8: an eighth of the log is gaps,
// which cleaning cannot win.
class CacheGapTest : public testing::TestWithParam<bool> {};

TEST_P(CacheGapTest, ItemsThatLeaveGapsAreEvictedOrRefusedLikeAnyOthers) {
  TestCache cache(4 * kMiB, /*evict=*/GetParam());
  int created = 0;
  for (uint32_t i = 0; i < 150'000; ++i) {
    std::string key(sizeof(i), '\0');
    std::memcpy(key.data(), &i, sizeof(i));
    const DeltaResult result =
        cache->Delta({.key = cache.Hash(key), .vivify_expiry = kNeverExpires, .initial = 1}, kNow);
    created += result.status == DeltaStatus::kCreated ? 1 : 0;
    if (i % 256 != 0) continue;
    ASSERT_LE(BudgetedBytes(cache->Stats()), BudgetBoundBytes(cache->Stats())) << i;
  }
  const CacheStats stats = cache->Stats();
  EXPECT_EQ(created == 150'000, GetParam());
  EXPECT_GT(created, 80'000);
  // Nothing was used and nothing is dead.
  EXPECT_LE(stats.bytes_moved, stats.bytes_stored);
}

INSTANTIATE_TEST_SUITE_P(Modes, CacheGapTest, testing::Bool());

INSTANTIATE_TEST_SUITE_P(Limits, CacheNoEvictTest, testing::Values(1 * kMiB, 16 * kMiB), LimitName);

}  // namespace
}  // namespace ringcached::storage
