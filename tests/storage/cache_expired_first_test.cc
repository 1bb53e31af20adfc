// While there are ended items to reclaim, no live one is evicted for room.

#include <gtest/gtest.h>

#include <iostream>
#include <random>
#include <string>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = size_t{16} << 20;
// What has ended and need not be given up before live items are: 2 % that may have ended unnoticed,
// the 10 % of dead bytes that each shard lets be, and 5 % for what lies in open segments, which are
// not swept, and for shards that have less than their share.
constexpr size_t kLetBeBytes = kLimitBytes / 100 * (2 + 10 + 5);

class CacheExpiredFirstTest : public testing::TestWithParam<EvictionPolicy> {
 protected:
  CacheExpiredFirstTest() : cache_(Options()), random_(TestSeed()) {}

  static CacheOptions Options() {
    CacheOptions options;
    options.memory_limit_bytes = kLimitBytes;
    options.eviction = GetParam();
    return options;
  }
  // Stores items that may end until the cache is as good as full. Returns how many bytes of them
  // will have ended at `later`.
  template <typename Expiry>
  uint64_t FillWith(CacheSecond later, Expiry expiry_of) {
    const std::string value(200, 'x');
    uint64_t ended_items = 0;
    while (cache_->Stats().cache_bytes() < kLimitBytes / 100 * 97) {
      const CacheSecond expiry = expiry_of();
      cache_.Set(Numbered("ends", stored_++), value, kNow, expiry);
      ended_items += IsExpired(expiry, later) ? 1 : 0;
    }
    EXPECT_EQ(cache_->Stats().evictions, 0u);
    return ended_items * (cache_->Stats().item_bytes / cache_->Stats().items);
  }
  // Stores so many bytes of new items.
  void StoreBytes(uint64_t bytes, CacheSecond now) {
    const uint64_t before = cache_->Stats().bytes_stored;
    const std::string value(200, 'y');
    while (cache_->Stats().bytes_stored < before + bytes) {
      cache_.Set(Numbered("lives", stored_++), value, now);
    }
  }

  TestCache cache_;
  std::mt19937_64 random_;
  uint64_t stored_ = 0;
};

TEST_P(CacheExpiredFirstTest, MixedTimesToLive) {
  const CacheSecond later = kNow + 500;
  const uint64_t ended_bytes = FillWith(later, [this] {
    return random_() % 5 == 0 ? kNeverExpires
                              : kNow + 1 + static_cast<CacheSecond>(random_() % 1000);
  });
  ASSERT_GT(ended_bytes, kLimitBytes / 4);
  StoreBytes(ended_bytes - kLetBeBytes, later);
  const CacheStats stats = cache_->Stats();
  std::cout << "ended " << ended_bytes << ", reclaimed items " << stats.reclaimed << ", evictions "
            << stats.evictions << std::endl;
  EXPECT_EQ(stats.evictions, 0u);
  EXPECT_GT(stats.reclaimed, 0u);
}

TEST_P(CacheExpiredFirstTest, ShortLivedInBulk) {
  const CacheSecond later = kNow + 60;
  const uint64_t ended_bytes = FillWith(later, [this, n = 0]() mutable {
    return n++ % 2 == 0 ? kNeverExpires : kNow + 1 + static_cast<CacheSecond>(random_() % 50);
  });
  ASSERT_GT(ended_bytes, kLimitBytes / 3);
  StoreBytes(ended_bytes - kLetBeBytes, later);
  EXPECT_EQ(cache_->Stats().evictions, 0u);
  EXPECT_GT(cache_->Stats().reclaimed, 0u);
}

INSTANTIATE_TEST_SUITE_P(Policies, CacheExpiredFirstTest,
                         testing::Values(EvictionPolicy::kLru, EvictionPolicy::kS3Fifo),
                         [](const testing::TestParamInfo<EvictionPolicy>& policy) {
                           return policy.param == EvictionPolicy::kLru ? "Lru" : "S3Fifo";
                         });

}  // namespace
}  // namespace ringcached::storage
