// Eviction takes the least recently used, exactly: one shard against a list.

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <random>
#include <set>
#include <string>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kOneShardBytes = size_t{1} << 20;

class CacheLruTest : public testing::Test {
 protected:
  CacheLruTest() : cache_(kOneShardBytes), random_(TestSeed()) {}

  std::string RandomKey(int keys) {
    return std::to_string(std::uniform_int_distribution<int>(0, keys - 1)(random_));
  }
  std::string RandomValue(size_t max_bytes) {
    return std::string(std::uniform_int_distribution<size_t>(0, max_bytes)(random_), 'x');
  }

  // The model: keys, the least recently used first.
  void Used(const std::string& key) {
    order_.remove(key);
    order_.push_back(key);
  }
  // What the cache dropped must have been at the front.
  void DropAsManyAsTheCacheDid() {
    while (order_.size() > cache_->Stats().items) order_.pop_front();
  }

  void SetAndCompare(const std::string& key) {
    ASSERT_EQ(cache_.Set(key, RandomValue(10'000)).status, StoreStatus::kStored);
    Used(key);
    DropAsManyAsTheCacheDid();
    ASSERT_EQ(cache_->Stats().items, order_.size());
  }
  void GetAndCompare(const std::string& key) {
    const bool expected = std::find(order_.begin(), order_.end(), key) != order_.end();
    ASSERT_EQ(cache_.Value(key).has_value(), expected) << key;
    if (expected) Used(key);
  }
  void TouchAndCompare(const std::string& key) {
    const bool expected = std::find(order_.begin(), order_.end(), key) != order_.end();
    ASSERT_EQ(cache_->Touch(cache_.Hash(key), kNeverExpires, kNow), expected) << key;
    if (expected) Used(key);
  }
  void DeleteAndCompare(const std::string& key) {
    const auto found = std::find(order_.begin(), order_.end(), key);
    ASSERT_EQ(cache_.Delete(key), found != order_.end()) << key;
    if (found != order_.end()) order_.erase(found);
  }

  TestCache cache_;
  std::mt19937_64 random_;
  std::list<std::string> order_;
};

TEST_F(CacheLruTest, FollowsTheModel) {
  constexpr int kKeys = 600;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = RandomKey(kKeys);
    switch (random_() % 8) {
      case 0:
      case 1:
      case 2:
        SetAndCompare(key);
        break;
      case 3:
        TouchAndCompare(key);
        break;
      case 4:
        if (random_() % 4 == 0) DeleteAndCompare(key);
        break;
      default:
        GetAndCompare(key);
        break;
    }
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(cache_->Stats().evictions, 1000u);
  for (int i = 0; i < kKeys; ++i) GetAndCompare(std::to_string(i));
}

TEST_F(CacheLruTest, AStoreNeverDropsItsOwnKey) {
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(cache_.Set("grows", std::string(static_cast<size_t>(i) * 1000, 'x')).status,
              StoreStatus::kStored);
    ASSERT_EQ(cache_.Set(RandomKey(1000), RandomValue(20'000)).status, StoreStatus::kStored);
    ASSERT_TRUE(cache_.Value("grows").has_value()) << i;
  }
}

TEST_F(CacheLruTest, CountsWhatWasNeverReadBeforeItWasEvicted) {
  const std::string value(4000, 'x');
  for (int i = 0; i < 100; ++i) cache_.Set(Numbered("read", i), value);
  for (int i = 0; i < 100; ++i) cache_.Get(Numbered("read", i));
  for (int i = 0; i < 1000; ++i) cache_.Set(Numbered("unread", i), value);
  const CacheStats stats = cache_->Stats();
  EXPECT_EQ(stats.items + stats.evictions, 1100u);
  EXPECT_EQ(stats.evicted_unfetched, stats.evictions - 100);
}

TEST_F(CacheLruTest, EndedItemsAtTheEndAreReclaimedNotEvicted) {
  const std::string value(4000, 'x');
  for (int i = 0; i < 100; ++i) cache_.Set(Numbered("ends", i), value, kNow, kNow + 1);
  const CacheSecond later = kNow + 1;
  while (cache_->Stats().evictions == 0) {
    ASSERT_LT(cache_->Stats().total_items, 10'000u);
    cache_.Set(Numbered("lives", cache_->Stats().total_items), value, later);
  }
  EXPECT_EQ(cache_->Stats().reclaimed, 100u);
  EXPECT_EQ(cache_->Stats().expired_unfetched, 100u);
}

}  // namespace
}  // namespace ringcached::storage
