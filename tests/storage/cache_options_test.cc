#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

TEST(ShardCount, LeavesEachAtLeastFourMiBAndIsAPowerOfTwo) {
  EXPECT_EQ(ShardCount(1 * kMiB, 4), 1u);
  EXPECT_EQ(ShardCount(7 * kMiB, 4), 1u);
  EXPECT_EQ(ShardCount(8 * kMiB, 4), 2u);
  EXPECT_EQ(ShardCount(28 * kMiB, 4), 4u);
  EXPECT_EQ(ShardCount(64 * kMiB, 4), 16u);
}

TEST(ShardCount, IsBoundedByTheThreadsButNeverBelowSixteenForThem) {
  EXPECT_EQ(ShardCount(4096 * kMiB, 1), 16u);
  EXPECT_EQ(ShardCount(4096 * kMiB, 4), 16u);
  EXPECT_EQ(ShardCount(4096 * kMiB, 8), 32u);
  EXPECT_EQ(ShardCount(4096 * kMiB, 9), 32u);
  EXPECT_EQ(ShardCount(4096 * kMiB, 64), 256u);
}

TEST(CacheCreate, RefusesOptionsThatMakeNoSense) {
  CacheOptions options;
  options.memory_limit_bytes = kMinMemoryLimitBytes - 1;
  EXPECT_EQ(Cache::Create(options).status().code(), absl::StatusCode::kInvalidArgument);
  options = CacheOptions();
  options.max_item_bytes = 0;
  EXPECT_EQ(Cache::Create(options).status().code(), absl::StatusCode::kInvalidArgument);
  options = CacheOptions();
  options.max_item_bytes = (size_t{1} << 30) + 1;
  EXPECT_EQ(Cache::Create(options).status().code(), absl::StatusCode::kInvalidArgument);
  options = CacheOptions();
  options.threads = 0;
  EXPECT_EQ(Cache::Create(options).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(CacheCreate, AnEmptyCacheTakesLittleOfItsBudget) {
  for (const size_t limit_bytes : {1 * kMiB, 8 * kMiB, 64 * kMiB, 1024 * kMiB}) {
    TestCache cache(limit_bytes);
    const CacheStats stats = cache->Stats();
    EXPECT_EQ(stats.limit_bytes, limit_bytes);
    EXPECT_EQ(stats.shards, ShardCount(limit_bytes, 4));
    EXPECT_EQ(stats.items, 0u);
    EXPECT_EQ(stats.item_bytes, 0u);
    EXPECT_GT(stats.index_bytes, 0u);
    EXPECT_GT(stats.bloom_bytes, 0u);
    EXPECT_LT(BudgetedBytes(stats), limit_bytes / 100);
  }
}

TEST(CacheHash, DependsOnKeyAndSeed) {
  CacheOptions options;
  TestCache first(options);
  options.hash_seed = 1;
  TestCache second(options);
  EXPECT_EQ(first.Hash("key").hash, first.Hash("key").hash);
  EXPECT_NE(first.Hash("key").hash, first.Hash("kez").hash);
  EXPECT_NE(first.Hash("key").hash, second.Hash("key").hash);
  EXPECT_EQ(first.Hash("key").bytes, "key");
}

TEST(CacheKeys, MayHaveAnyBytesAndTheGreatestLength) {
  TestCache cache(kMiB);
  const std::string longest(kMaxKeyBytes, 'k');
  const std::string binary("\0\xff\r\n\0", 5);
  EXPECT_EQ(cache.Set(longest, "1").status, StoreStatus::kStored);
  EXPECT_EQ(cache.Set(binary, "2").status, StoreStatus::kStored);
  EXPECT_EQ(cache.Set("x", "3").status, StoreStatus::kStored);
  EXPECT_EQ(cache.Value(longest), "1");
  EXPECT_EQ(cache.Value(binary), "2");
  EXPECT_EQ(cache.Value("x"), "3");
  EXPECT_EQ(cache.Value(longest.substr(1)), std::nullopt);
}

TEST(CachePrefetch, ChangesNothing) {
  TestCache cache(kMiB);
  cache.Set("a", "1");
  cache->Prefetch(cache.Hash("a"));
  cache->Prefetch(cache.Hash("b"));
  EXPECT_EQ(cache.Value("a"), "1");
  EXPECT_EQ(cache->Stats().bloom_negatives, 0u);
}

}  // namespace
}  // namespace ringcached::storage
