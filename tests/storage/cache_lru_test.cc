// What a full cache keeps: by and large what was used last (kLru), or what was used more than once
// (kS3Fifo). Neither is exact, so this compares shares with those of an exact least-recently-used
// list of as many items.

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <list>
#include <numeric>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kMiB = size_t{1} << 20;
constexpr size_t kValueBytes = 100;

std::string PolicyName(const testing::TestParamInfo<EvictionPolicy>& policy) {
  return policy.param == EvictionPolicy::kLru ? "Lru" : "S3Fifo";
}

CacheOptions OptionsWith(EvictionPolicy eviction, size_t limit_bytes) {
  CacheOptions options;
  options.memory_limit_bytes = limit_bytes;
  options.eviction = eviction;
  return options;
}

// An exact least-recently-used list of numbers.
class ExactLru {
 public:
  explicit ExactLru(size_t most_items) : most_items_(most_items) {}

  // True if it was there. It is the most recently used now.
  bool Use(uint64_t key) {
    const auto found = places_.find(key);
    if (found != places_.end()) {
      order_.splice(order_.begin(), order_, found->second);
      return true;
    }
    order_.push_front(key);
    places_[key] = order_.begin();
    if (order_.size() > most_items_) {
      places_.erase(order_.back());
      order_.pop_back();
    }
    return false;
  }

 private:
  const size_t most_items_;
  std::list<uint64_t> order_;
  std::unordered_map<uint64_t, std::list<uint64_t>::iterator> places_;
};

// Numbers below `count`, of which the k-th is drawn in proportion to 1/k.
class Zipf {
 public:
  Zipf(size_t count, uint64_t seed) : random_(seed) {
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sums_.push_back(sum += 1.0 / static_cast<double>(i + 1));
  }
  uint64_t Next() {
    const double at = std::uniform_real_distribution<double>(0, sums_.back())(random_);
    return static_cast<uint64_t>(std::upper_bound(sums_.begin(), sums_.end(), at) - sums_.begin());
  }

 private:
  std::mt19937_64 random_;
  std::vector<double> sums_;
};

class CacheEvictionTest : public testing::TestWithParam<EvictionPolicy> {
 protected:
  static constexpr size_t kLimitBytes = 8 * kMiB;

  CacheEvictionTest() : cache_(OptionsWith(GetParam(), kLimitBytes)) {}

  void Set(const std::string& key) {
    ASSERT_EQ(cache_.Set(key, std::string(kValueBytes, 'x')).status, StoreStatus::kStored);
  }
  // Until items are dropped. Returns how many were there then.
  uint64_t FillUp(const std::string& prefix) {
    for (int i = 0; cache_->Stats().evictions == 0; ++i) Set(Numbered(prefix, i));
    return cache_->Stats().items;
  }
  uint64_t CountPresent(const std::string& prefix, uint64_t count) {
    uint64_t present = 0;
    for (uint64_t i = 0; i < count; ++i) present += cache_.Value(Numbered(prefix, i)) ? 1 : 0;
    return present;
  }

  TestCache cache_;
};

TEST_P(CacheEvictionTest, AScanOfManyTimesTheCacheLeavesTheHotSetAlone) {
  const uint64_t items = FillUp("first");
  const uint64_t hot = items * 3 / 10;
  const uint64_t steps = 10 * items;
  uint64_t hits = 0;
  uint64_t lookups = 0;
  // Three rounds over the hot set while the scan fills the cache once.
  for (uint64_t i = 0; i < steps; ++i) {
    Set(Numbered("scan", i));
    const std::string key = Numbered("hot", i % hot);
    const bool hit = cache_.Value(key).has_value();
    if (!hit) Set(key);
    if (i < steps / 2) continue;
    hits += hit ? 1 : 0;
    ++lookups;
  }
  std::cout << "hot set: " << static_cast<double>(hits) / static_cast<double>(lookups) << std::endl;
  // By the hash's seed a shard may hold more of the hot set than the others.
  EXPECT_GE(hits * 100, lookups * 97);
  EXPECT_GE(CountPresent("hot", hot) * 100, hot * 97);
  EXPECT_GT(cache_->Stats().evictions, 8 * items);
}

TEST_P(CacheEvictionTest, WhatIsNeverUsedGoesInTheOrderInWhichItCame) {
  const uint64_t items = FillUp("old");
  for (uint64_t i = 0; i < items * 6 / 10; ++i) Set(Numbered("new", i));
  const uint64_t third = items / 3;
  uint64_t oldest = 0;
  for (uint64_t i = 0; i < third; ++i) oldest += cache_.Value(Numbered("old", i)) ? 1 : 0;
  EXPECT_LE(oldest, third / 100);
  EXPECT_GE(CountPresent("new", items * 6 / 10) * 100, items * 6 / 10 * 95);
}

TEST_P(CacheEvictionTest, MissesHardlyMoreThanExactLruOnAZipfTrace) {
  constexpr int kRequests = 1'500'000;
  constexpr int kWarmUp = kRequests / 3;
  const uint64_t items = FillUp("first");
  ExactLru exact(items);
  Zipf zipf(items * 4, TestSeed());
  int misses = 0;
  int exact_misses = 0;
  for (int i = 0; i < kRequests; ++i) {
    const uint64_t number = zipf.Next();
    const std::string key = Numbered("zipf", number);
    const bool hit = cache_.Value(key).has_value();
    if (!hit) Set(key);
    const bool exact_hit = exact.Use(number);
    if (i < kWarmUp) continue;
    misses += hit ? 0 : 1;
    exact_misses += exact_hit ? 0 : 1;
  }
  std::cout << "misses " << misses << ", of exact LRU " << exact_misses << ", items now "
            << cache_->Stats().items << " of " << items << std::endl;
  RecordProperty("misses_percent_of_exact", misses * 100 / exact_misses);
  EXPECT_GT(exact_misses, 10'000);
  EXPECT_LE(misses * 100.0, exact_misses * 103.0);
}

TEST_P(CacheEvictionTest, CleansHardlyMoreThanWasStored) {
  FillUp("first");
  Zipf zipf(200'000, TestSeed());
  const CacheStats before = cache_->Stats();
  for (int i = 0; i < 1'200'000; ++i) {
    const std::string key = Numbered("zipf", zipf.Next());
    if (!cache_.Value(key).has_value()) Set(key);
  }
  const CacheStats after = cache_->Stats();
  const uint64_t stored = after.bytes_stored - before.bytes_stored;
  const uint64_t cleaned =
      (after.segments_cleaned - before.segments_cleaned) * after.segment_size_bytes;
  std::cout << "cleaned " << static_cast<double>(cleaned) / static_cast<double>(stored)
            << ", moved "
            << static_cast<double>(after.bytes_moved - before.bytes_moved) /
                   static_cast<double>(stored)
            << " bytes per byte stored" << std::endl;
  EXPECT_GT(stored, 10 * kMiB);
  EXPECT_LE(cleaned, 2 * stored + 4 * after.shards * after.segment_size_bytes);
}

INSTANTIATE_TEST_SUITE_P(Policies, CacheEvictionTest,
                         testing::Values(EvictionPolicy::kLru, EvictionPolicy::kS3Fifo),
                         PolicyName);

class CacheOneShardEvictionTest : public testing::TestWithParam<EvictionPolicy> {
 protected:
  CacheOneShardEvictionTest() : cache_(OptionsWith(GetParam(), kMiB)), random_(TestSeed()) {}

  std::string RandomValue(size_t max_bytes) { return std::string(random_() % max_bytes, 'x'); }

  TestCache cache_;
  std::mt19937_64 random_;
};

TEST_P(CacheOneShardEvictionTest, AStoreNeverDropsItsOwnKey) {
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(cache_.Set("grows", std::string(static_cast<size_t>(i) * 1000, 'x')).status,
              StoreStatus::kStored);
    ASSERT_TRUE(cache_.Value("grows").has_value()) << i;
    const std::string key = std::to_string(random_() % 1000);
    ASSERT_EQ(cache_.Set(key, RandomValue(20'000)).status, StoreStatus::kStored);
    ASSERT_TRUE(cache_.Value(key).has_value()) << i;
  }
  EXPECT_GT(cache_->Stats().evictions, 100u);
}

TEST_P(CacheOneShardEvictionTest, CountsWhatWasNeverReadBeforeItWasEvicted) {
  const std::string value(1000, 'x');
  for (int i = 0; i < 100; ++i) cache_.Set(Numbered("read", i), value);
  for (int i = 0; i < 100; ++i) cache_.Get(Numbered("read", i));
  for (int i = 0; i < 10'000; ++i) cache_.Set(Numbered("unread", i), value);
  uint64_t read_left = 0;
  for (int i = 0; i < 100; ++i) read_left += cache_.Value(Numbered("read", i)) ? 1 : 0;
  const CacheStats stats = cache_->Stats();
  EXPECT_LT(read_left, 10u);
  EXPECT_EQ(stats.items + stats.evictions, 10'100u);
  EXPECT_EQ(stats.evicted_unfetched, stats.evictions - (100 - read_left));
}

TEST_P(CacheOneShardEvictionTest, CountsEvictionsByAge) {
  const std::string value(1000, 'x');
  constexpr CacheSecond kLater = 300;
  for (int i = 0; i < 10'000; ++i) {
    cache_.Set(Numbered("item", i), value, kNow + (i < 500 ? 0 : kLater));
  }
  const CacheStats stats = cache_->Stats();
  const AgeHistogram& ages = stats.evicted_ages;
  EXPECT_EQ(std::accumulate(ages.counts.begin(), ages.counts.end(), uint64_t{0}), stats.evictions);
  // What was stored first was evicted after five minutes, the rest within a second, but for what
  // shares a segment with the first.
  EXPECT_GT(ages.counts[0], 8000u);
  EXPECT_GT(ages.counts[3], 400u);
  EXPECT_LT(ages.counts[3], 700u);
  EXPECT_EQ(ages.sum_seconds, ages.counts[3] * kLater);
}

TEST_P(CacheOneShardEvictionTest, EndedItemsAreReclaimedNotEvicted) {
  const std::string value(1000, 'x');
  for (int i = 0; i < 300; ++i) cache_.Set(Numbered("ends", i), value, kNow, kNow + 1);
  const CacheSecond later = kNow + 1;
  while (cache_->Stats().evictions == 0) {
    ASSERT_LT(cache_->Stats().total_items, 10'000u);
    cache_.Set(Numbered("lives", cache_->Stats().total_items), value, later);
  }
  // But for those in a segment that is still open.
  EXPECT_GE(cache_->Stats().reclaimed, 280u);
  EXPECT_EQ(cache_->Stats().reclaimed, cache_->Stats().expired_unfetched);
}

INSTANTIATE_TEST_SUITE_P(Policies, CacheOneShardEvictionTest,
                         testing::Values(EvictionPolicy::kLru, EvictionPolicy::kS3Fifo),
                         PolicyName);

}  // namespace
}  // namespace ringcached::storage
