// Memory goes where it is needed: to items of other sizes, to what lives instead of what is dead,
// and back to the system.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

void ExpectBudget(TestCache& cache) {
  const CacheStats stats = cache->Stats();
  ASSERT_LE(BudgetedBytes(stats), BudgetBoundBytes(stats));
}

// Stores `turnovers` times the budget in new keys.
void Fill(TestCache& cache, const std::string& prefix, size_t value_bytes, size_t turnovers) {
  const std::string value(value_bytes, 'x');
  const size_t count = turnovers * cache->options().memory_limit_bytes / (value_bytes + 30);
  for (size_t i = 0; i < count; ++i) {
    ASSERT_EQ(cache.Set(Numbered(prefix, i), value).status, StoreStatus::kStored);
    if (i % 4096 == 0) ExpectBudget(cache);
  }
  ExpectBudget(cache);
}

TEST(CacheReuse, AShiftOfSizesCostsNoItems) {
  TestCache shifted(64 * kMiB);
  Fill(shifted, "a", 10, 1);
  const uint64_t slots = shifted->Stats().index_slots;
  Fill(shifted, "b", 4096, 3);
  EXPECT_LT(shifted->Stats().index_slots, slots / 4);
  Fill(shifted, "c", 64, 3);
  TestCache fresh(64 * kMiB);
  Fill(fresh, "c", 64, 3);
  const uint64_t items = shifted->Stats().items;
  std::cout << "items after the shift " << items << ", in a fresh cache " << fresh->Stats().items
            << std::endl;
  EXPECT_GE(items * 100, fresh->Stats().items * 97);
}

struct RewriteConfig {
  const char* name;
  bool random_order;
  bool random_sizes;
  EvictionPolicy eviction;
};

class CacheRewriteTest : public testing::TestWithParam<RewriteConfig> {
 protected:
  static constexpr size_t kLimitBytes = 32 * kMiB;
  static constexpr size_t kMeanBytes = 200;
  static constexpr size_t kRounds = 10;

  CacheRewriteTest() : cache_(Options()), random_(TestSeed()) {}

  static CacheOptions Options() {
    CacheOptions options;
    options.memory_limit_bytes = kLimitBytes;
    options.eviction = GetParam().eviction;
    return options;
  }
  void Set(size_t number) {
    const size_t bytes = GetParam().random_sizes ? random_() % (2 * kMeanBytes) : kMeanBytes;
    ASSERT_EQ(cache_.Set(Numbered("key", number), std::string(bytes, 'x')).status,
              StoreStatus::kStored);
  }
  // Stores keys until they take 80 % of what the cache has for items.
  size_t StoreLiveSet() {
    for (size_t i = 0;; ++i) {
      Set(i);
      if (i % 64 != 0) continue;
      const CacheStats stats = cache_->Stats();
      const uint64_t for_items = kLimitBytes - stats.index_bytes - stats.bloom_bytes;
      if (stats.item_bytes >= for_items / 10 * 8) return i + 1;
    }
  }

  TestCache cache_;
  std::mt19937_64 random_;
};

TEST_P(CacheRewriteTest, ALiveSetOfFourFifthsLosesNothing) {
  const size_t count = StoreLiveSet();
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  for (size_t round = 0; round < kRounds; ++round) {
    if (GetParam().random_order) std::shuffle(order.begin(), order.end(), random_);
    for (const size_t number : order) Set(number);
    ExpectBudget(cache_);
  }
  const CacheStats stats = cache_->Stats();
  const auto moved = static_cast<double>(stats.bytes_moved);
  const auto stored = static_cast<double>(stats.bytes_stored);
  const auto cleaned = static_cast<double>(stats.segments_cleaned * stats.segment_size_bytes);
  std::cout << "moved " << moved / stored << " bytes per byte stored, cleaned " << cleaned / stored
            << " segments per segment stored" << std::endl;
  RecordProperty("bytes_moved_per_1000_stored", static_cast<int>(1000 * moved / stored));
  RecordProperty("segments_cleaned_per_1000_stored", static_cast<int>(1000 * cleaned / stored));
  EXPECT_EQ(stats.evictions, 0u);
  EXPECT_EQ(stats.items, count);
  // A segment that is cleaned has at least the mean share of dead bytes, a fifth.
  EXPECT_LT(moved, 5 * stored);
}

INSTANTIATE_TEST_SUITE_P(
    Configs, CacheRewriteTest,
    testing::Values(RewriteConfig{"InOrder", false, false, EvictionPolicy::kLru},
                    RewriteConfig{"AtRandom", true, false, EvictionPolicy::kLru},
                    RewriteConfig{"InOrderRandomSizes", false, true, EvictionPolicy::kLru},
                    RewriteConfig{"AtRandomRandomSizes", true, true, EvictionPolicy::kLru},
                    RewriteConfig{"AtRandomS3Fifo", true, false, EvictionPolicy::kS3Fifo}),
    [](const testing::TestParamInfo<RewriteConfig>& config) { return config.param.name; });

TEST(CacheReuse, ASmallLiveSetStaysSmallUnderAGreatBudget) {
  TestCache cache(1024 * kMiB);
  std::mt19937_64 random(TestSeed());
  constexpr size_t kKeys = 70'000;
  constexpr size_t kValueBytes = 200;
  uint64_t most_bytes = 0;
  for (size_t i = 0; i < 30 * kKeys; ++i) {
    const size_t number = i < kKeys ? i : random() % kKeys;
    cache.Set(Numbered("key", number), std::string(kValueBytes, 'x'));
    if (i % 4096 == 0) most_bytes = std::max(most_bytes, cache->Stats().cache_bytes());
  }
  const CacheStats stats = cache->Stats();
  std::cout << "live " << stats.item_bytes << ", held at most " << most_bytes << std::endl;
  EXPECT_GE(stats.item_bytes, 13 * kMiB);
  EXPECT_LT(most_bytes, 32 * kMiB);
  EXPECT_EQ(stats.items, kKeys);
  EXPECT_EQ(stats.evictions, 0u);
}

CacheOptions WithLimits(size_t limit_bytes, size_t most_bytes, bool evict = true) {
  CacheOptions options;
  options.memory_limit_bytes = limit_bytes;
  options.max_memory_limit_bytes = most_bytes;
  options.evict = evict;
  return options;
}

TEST(CacheLimit, IsRefusedOutsideWhatWasReservedFor) {
  TestCache cache(WithLimits(16 * kMiB, 64 * kMiB));
  EXPECT_EQ(cache->SetMemoryLimit(64 * kMiB + 1, kNow).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(cache->SetMemoryLimit(kMinMemoryLimitBytes - 1, kNow).code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_EQ(cache->Stats().limit_bytes, 16 * kMiB);
  EXPECT_TRUE(cache->SetMemoryLimit(64 * kMiB, kNow).ok());
  EXPECT_EQ(cache->Stats().limit_bytes, 64 * kMiB);
}

TEST(CacheLimit, BytesFollowItUpAndDown) {
  TestCache cache(WithLimits(16 * kMiB, 64 * kMiB));
  for (int round = 0; round < 3; ++round) {
    const std::string prefix = Numbered("round", round);
    Fill(cache, prefix + "small", 500, 2);
    ASSERT_TRUE(cache->SetMemoryLimit(64 * kMiB, kNow).ok());
    Fill(cache, prefix + "large", 500, 6);
    EXPECT_GE(cache->Stats().cache_bytes(), 62 * kMiB);
    ASSERT_TRUE(cache->SetMemoryLimit(16 * kMiB, kNow).ok());
    const uint64_t at_once = cache->Stats().cache_bytes();
    std::cout << "at once " << at_once << std::endl;
    for (int i = 0; i < 100'000; ++i) cache.Set(Numbered(prefix, i), "x");
    ExpectBudget(cache);
    EXPECT_GE(cache->Stats().cache_bytes(), 14 * kMiB);
  }
}

TEST(CacheLimit, WhatOthersTakeIsNotTheCaches) {
  TestCache cache(32 * kMiB);
  Fill(cache, "first", 500, 2);
  for (const size_t other_bytes : {16 * kMiB, 8 * kMiB, 31 * kMiB, size_t{0}}) {
    cache->SetOtherBytes(other_bytes, kNow);
    Fill(cache, Numbered("other", other_bytes), 500, 1);
    const CacheStats stats = cache->Stats();
    EXPECT_EQ(stats.other_bytes, other_bytes);
    const uint64_t allowed = 32 * kMiB - std::min(other_bytes, 24 * kMiB);
    EXPECT_LE(stats.cache_bytes(), allowed + BudgetBoundBytes(stats) - stats.limit_bytes);
    EXPECT_GE(stats.cache_bytes(), allowed - kMiB);
  }
}

TEST(CacheLimit, NoEvictRefusesNothingThatStillFits) {
  TestCache cache(WithLimits(16 * kMiB, 64 * kMiB, /*evict=*/false));
  const std::string value(500, 'x');
  int stored = 0;
  while (cache.Set(std::to_string(stored), value).status == StoreStatus::kStored) ++stored;
  ASSERT_TRUE(cache->SetMemoryLimit(64 * kMiB, kNow).ok());
  const int before = stored;
  while (cache.Set(std::to_string(stored), value).status == StoreStatus::kStored) ++stored;
  EXPECT_GE(stored, 4 * before * 95 / 100);
  ASSERT_TRUE(cache->SetMemoryLimit(16 * kMiB, kNow).ok());
  for (int i = 0; i < stored; ++i) ASSERT_TRUE(cache.Value(std::to_string(i)).has_value()) << i;
  // What is open may still have room; another segment is not to be had.
  int more = 0;
  while (cache.Set(Numbered("more", more), value).status == StoreStatus::kStored) ++more;
  EXPECT_LE(static_cast<size_t>(more) * value.size(),
            cache->Stats().shards * cache->Stats().segment_size_bytes);
  for (int i = 0; i < more; ++i) cache.Delete(Numbered("more", i));
  for (int i = 0; i < stored; ++i) cache.Delete(std::to_string(i));
  EXPECT_EQ(cache.Set("one more", value).status, StoreStatus::kStored);
  ExpectBudget(cache);
  EXPECT_EQ(cache->Stats().evictions, 0u);
}

TEST(CacheLimit, ChangesUnderLoadLoseNoAnswer) {
  TestCache cache(WithLimits(16 * kMiB, 64 * kMiB));
  std::atomic<bool> done{false};
  std::atomic<uint64_t> stores{0};
  std::atomic<uint64_t> wrong{0};
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&, random = std::mt19937_64(TestSeed() + thread)]() mutable {
      for (; !done; ++stores) {
        const std::string key = std::to_string(random() % 200'000);
        cache.Set(key, key + std::string(random() % 1000, ' '));
        const std::optional<std::string> value = cache.Value(key);
        if (value.has_value() && value->compare(0, key.size(), key) != 0) ++wrong;
      }
    });
  }
  uint64_t changes = 0;
  for (uint64_t next = 0; changes < 40;) {
    if (stores < next) continue;
    next = stores + 10'000;
    const size_t limit_bytes = changes % 2 == 0 ? 64 * kMiB : 16 * kMiB;
    ASSERT_TRUE(cache->SetMemoryLimit(limit_bytes, kNow).ok());
    cache->SetOtherBytes(changes % 3 * 4 * kMiB, kNow);
    ++changes;
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0u);
  cache->SetOtherBytes(0, kNow);
  for (int i = 0; i < 100'000; ++i) cache.Set(Numbered("last", i), "x");
  ExpectBudget(cache);
}

}  // namespace
}  // namespace ringcached::storage
