// What the filter does for the cache, and its figures.

#include <gtest/gtest.h>

#include <string>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

TEST(CacheBloom, AnswersAbsentKeysOfAnEmptyCache) {
  TestCache cache(kMiB);
  cache.Get("a");
  cache.GetAndTouch("b", kNeverExpires);
  cache->Touch(cache.Hash("c"), kNeverExpires, kNow);
  cache.Delete("d");
  cache.Increment("e", 1);
  EXPECT_EQ(cache->Stats().bloom_negatives, 5u);
  EXPECT_EQ(cache->Stats().bloom_false_positives, 0u);
}

TEST(CacheBloom, EveryMissIsEitherANegativeOrAFalsePositive) {
  constexpr int kKeys = 100'000;
  constexpr int kMisses = 200'000;
  for (const size_t limit_bytes : {32 * kMiB, 256 * kMiB}) {
    TestCache cache(limit_bytes);
    for (int i = 0; i < kKeys; ++i) cache.Set(Numbered("key:", i), "");
    ASSERT_EQ(cache->Stats().evictions, 0u);
    EXPECT_GE(cache->Stats().bloom_capacity, static_cast<uint64_t>(kKeys));
    for (int i = 0; i < kMisses; ++i) cache.Get(Numbered("absent:", i));
    for (int i = 0; i < kKeys; ++i) ASSERT_TRUE(cache.Value(Numbered("key:", i)).has_value());
    const CacheStats stats = cache->Stats();
    EXPECT_EQ(stats.bloom_negatives + stats.bloom_false_positives, static_cast<uint64_t>(kMisses));
    // At most the designed 0.4 %, and a little for scatter.
    EXPECT_LT(stats.bloom_false_positives, kMisses * 5u / 1000);
  }
}

TEST(CacheBloom, ForgetsDeletedKeysInTime) {
  CacheOptions options;
  options.memory_limit_bytes = kMiB;
  // Not kAuto, which asks no filter while every lookup is a hit.
  options.bloom = BloomMode::kOn;
  TestCache cache(options);
  for (int i = 0; i < 50'000; ++i) {
    cache.Set(std::to_string(i), "");
    cache.Delete(std::to_string(i));
  }
  const CacheStats churned = cache->Stats();
  EXPECT_GT(churned.bloom_rebuilds, 50u);
  // The filter did not grow with the keys that are gone.
  EXPECT_LT(churned.bloom_capacity, 1000u);
  for (int i = 0; i < 40'000; ++i) EXPECT_FALSE(cache.Delete(std::to_string(i)));
  const CacheStats asked = cache->Stats();
  // 1.6 % of the lookups pass a filter that is about to be rebuilt, and a little for scatter.
  EXPECT_GT(asked.bloom_negatives - churned.bloom_negatives, 39'000u);
}

TEST(CacheBloom, StoringTheSameKeysAgainRebuildsNothing) {
  TestCache cache(kMiB);
  for (int i = 0; i < 100; ++i) cache.Set(std::to_string(i), "");
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 100; ++i) {
      if (round % 2 == 0) cache.Delete(std::to_string(i));
      cache.Set(std::to_string(i), "");
    }
  }
  EXPECT_EQ(cache->Stats().bloom_rebuilds, 0u);
}

TEST(CacheBloom, KeysSurviveRebuildsByEviction) {
  TestCache cache(kMiB);
  int stored = 0;
  while (cache->Stats().bloom_rebuilds < 20) {
    ASSERT_LT(stored, 1'000'000);
    cache.Set(std::to_string(stored++), "");
    ASSERT_TRUE(cache.Value("0").has_value());
  }
  int found = 0;
  for (int i = 0; i < stored; ++i) found += cache.Value(std::to_string(i)).has_value() ? 1 : 0;
  EXPECT_EQ(static_cast<uint64_t>(found), cache->Stats().items);
}

}  // namespace
}  // namespace ringcached::storage
