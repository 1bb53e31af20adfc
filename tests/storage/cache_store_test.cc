// Store modes, cas numbers, reservations, delete, size limits.

#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = size_t{64} << 20;
// Beside key and value in max_item_bytes: memcached's figure.
constexpr size_t kItemOverheadBytes = 59;

class CacheStoreTest : public testing::Test {
 protected:
  CacheStoreTest() : cache_(kLimitBytes) {}
  TestCache cache_;
};

TEST_F(CacheStoreTest, GetOfAnUnknownKeyIsAMiss) {
  EXPECT_EQ(cache_.Get("a").status, LookupStatus::kMiss);
}

TEST_F(CacheStoreTest, SetThenGetGivesEverythingBack) {
  const StoreResult stored = cache_.Set("a", "value", kNow, kNow + 10, 0xdeadbeef);
  EXPECT_EQ(stored.status, StoreStatus::kStored);
  const FoundItem found = cache_.Get("a");
  EXPECT_EQ(found.status, LookupStatus::kHit);
  EXPECT_EQ(found.value, "value");
  EXPECT_EQ(found.client_flags, 0xdeadbeef);
  EXPECT_EQ(found.expiry, kNow + 10);
  EXPECT_EQ(found.cas, stored.cas);
}

TEST_F(CacheStoreTest, TheViewHasTheKey) {
  cache_.Set("some key", "");
  std::string key;
  cache_->Get(cache_.Hash("some key"), kNow, [&](const ItemView& view) { key = view.key; });
  EXPECT_EQ(key, "some key");
}

TEST_F(CacheStoreTest, ValuesMayBeEmptyOrBinary) {
  const std::string binary("\0\r\n\xff", 4);
  cache_.Set("empty", "");
  cache_.Set("binary", binary);
  EXPECT_EQ(cache_.Value("empty"), "");
  EXPECT_EQ(cache_.Value("binary"), binary);
}

TEST_F(CacheStoreTest, SetReplacesAndFreesTheOldBytes) {
  cache_.Set("a", std::string(100'000, 'x'));
  const CacheStats large = cache_->Stats();
  cache_.Set("a", "small");
  const CacheStats small = cache_->Stats();
  EXPECT_EQ(cache_.Value("a"), "small");
  EXPECT_EQ(small.items, 1u);
  EXPECT_LE(small.item_bytes + 90'000, large.item_bytes);
  EXPECT_EQ(small.total_items, 2u);
}

TEST_F(CacheStoreTest, AddOnlyIfAbsent) {
  EXPECT_EQ(cache_.Store(StoreMode::kAdd, "a", "1").status, StoreStatus::kStored);
  const StoreResult second = cache_.Store(StoreMode::kAdd, "a", "2");
  EXPECT_EQ(second.status, StoreStatus::kNotStored);
  EXPECT_EQ(second.cas, 0u);
  EXPECT_EQ(cache_.Value("a"), "1");
}

TEST_F(CacheStoreTest, AddOverAnEndedItem) {
  cache_.Set("a", "1", kNow, kNow + 1);
  EXPECT_EQ(cache_.Store(StoreMode::kAdd, "a", "2", kNow).status, StoreStatus::kNotStored);
  EXPECT_EQ(cache_.Store(StoreMode::kAdd, "a", "2", kNow + 1).status, StoreStatus::kStored);
  EXPECT_EQ(cache_.Value("a"), "2");
}

TEST_F(CacheStoreTest, ReplaceOnlyIfPresent) {
  EXPECT_EQ(cache_.Store(StoreMode::kReplace, "a", "1").status, StoreStatus::kNotStored);
  EXPECT_EQ(cache_.Value("a"), std::nullopt);
  cache_.Set("a", "1");
  EXPECT_EQ(cache_.Store(StoreMode::kReplace, "a", "2").status, StoreStatus::kStored);
  EXPECT_EQ(cache_.Value("a"), "2");
}

TEST_F(CacheStoreTest, CasOnlyWithThePresentNumber) {
  const auto cas = [this](std::string_view value, uint64_t expected) {
    return cache_.Store(StoreMode::kCas, "a", value, kNow, kNeverExpires, 0, expected).status;
  };
  EXPECT_EQ(cas("1", 1), StoreStatus::kNotFound);
  const uint64_t first = cache_.Set("a", "1").cas;
  const uint64_t second = cache_.Set("a", "2").cas;
  EXPECT_EQ(cas("3", first), StoreStatus::kExists);
  EXPECT_EQ(cas("3", 0), StoreStatus::kExists);
  EXPECT_EQ(cache_.Value("a"), "2");
  EXPECT_EQ(cas("3", second), StoreStatus::kStored);
  EXPECT_EQ(cas("4", second), StoreStatus::kExists);
  EXPECT_EQ(cache_.Value("a"), "3");
}

TEST_F(CacheStoreTest, CasNumbersAreUniqueAscendPerKeyAndAreNeverZero) {
  std::set<uint64_t> seen;
  for (int version = 0; version < 3; ++version) {
    for (int i = 0; i < 1000; ++i) {
      const std::string key = std::to_string(i);
      const uint64_t before = cache_.Get(key).cas;
      const uint64_t after = cache_.Set(key, "1").cas;
      EXPECT_GT(after, before);
      EXPECT_TRUE(seen.insert(after).second);
    }
  }
}

TEST_F(CacheStoreTest, TouchKeepsTheCasNumber) {
  const uint64_t cas = cache_.Set("a", "1").cas;
  EXPECT_TRUE(cache_->Touch(cache_.Hash("a"), kNow + 5, kNow));
  EXPECT_EQ(cache_.Get("a").cas, cas);
  EXPECT_EQ(cache_.GetAndTouch("a", kNow + 6).cas, cas);
}

TEST_F(CacheStoreTest, DeleteRemovesOnce) {
  cache_.Set("a", "1");
  EXPECT_TRUE(cache_.Delete("a"));
  EXPECT_FALSE(cache_.Delete("a"));
  EXPECT_EQ(cache_.Get("a").status, LookupStatus::kMiss);
  EXPECT_EQ(cache_->Stats().items, 0u);
  EXPECT_EQ(cache_->Stats().item_bytes, 0u);
}

TEST_F(CacheStoreTest, TheLargestItemIsMemcacheds) {
  const size_t most = cache_->options().max_item_bytes - kItemOverheadBytes - 1;
  EXPECT_EQ(cache_.Set("a", std::string(most, 'x')).status, StoreStatus::kStored);
  const StoreResult refused = cache_.Set("a", std::string(most + 1, 'y'));
  EXPECT_EQ(refused.status, StoreStatus::kTooLarge);
  EXPECT_EQ(refused.cas, 0u);
  EXPECT_EQ(cache_.Value("a"), std::string(most, 'x'));
  EXPECT_EQ(cache_.Set("ab", std::string(most, 'x')).status, StoreStatus::kTooLarge);
}

TEST_F(CacheStoreTest, ReserveAnswersAnySize) {
  const HashedKey key = cache_.Hash("a");
  for (const size_t bytes : {SIZE_MAX, SIZE_MAX - 100, size_t{1} << 32, size_t{1} << 20}) {
    const Reservation refused = cache_->Reserve(key, bytes, 0, kNeverExpires, kNow);
    EXPECT_EQ(refused.status, StoreStatus::kTooLarge);
    EXPECT_TRUE(refused.item.empty());
  }
}

TEST_F(CacheStoreTest, AReservedItemIsSeenOnlyOncePublished) {
  Reservation reserved = cache_->Reserve(cache_.Hash("a"), 5, 7, kNow + 10, kNow);
  ASSERT_EQ(reserved.status, StoreStatus::kStored);
  ASSERT_EQ(reserved.item.value_bytes(), 5u);
  std::memcpy(reserved.item.value_data(), "hello", 5);
  EXPECT_EQ(cache_.Get("a").status, LookupStatus::kMiss);
  EXPECT_EQ(cache_->Stats().items, 0u);
  const StoreResult stored = cache_->Publish(std::move(reserved.item), {}, kNow);
  EXPECT_EQ(stored.status, StoreStatus::kStored);
  const FoundItem found = cache_.Get("a");
  EXPECT_EQ(found.value, "hello");
  EXPECT_EQ(found.client_flags, 7u);
  EXPECT_EQ(found.expiry, kNow + 10);
  EXPECT_EQ(found.cas, stored.cas);
}

TEST_F(CacheStoreTest, PublishKnowsTheModes) {
  const auto publish = [this](StoreMode mode, std::string_view value, uint64_t expected_cas) {
    Reservation reserved = cache_->Reserve(cache_.Hash("a"), value.size(), 0, kNeverExpires, kNow);
    std::memcpy(reserved.item.value_data(), value.data(), value.size());
    const StoreRule rule{.mode = mode, .expected_cas = expected_cas};
    return cache_->Publish(std::move(reserved.item), rule, kNow).status;
  };
  EXPECT_EQ(publish(StoreMode::kReplace, "x", 0), StoreStatus::kNotStored);
  EXPECT_EQ(publish(StoreMode::kAppend, "x", 0), StoreStatus::kNotStored);
  EXPECT_EQ(publish(StoreMode::kCas, "x", 1), StoreStatus::kNotFound);
  EXPECT_EQ(publish(StoreMode::kAdd, "1", 0), StoreStatus::kStored);
  EXPECT_EQ(publish(StoreMode::kAdd, "x", 0), StoreStatus::kNotStored);
  EXPECT_EQ(publish(StoreMode::kAppend, "2", 0), StoreStatus::kStored);
  EXPECT_EQ(publish(StoreMode::kPrepend, "0", 0), StoreStatus::kStored);
  EXPECT_EQ(publish(StoreMode::kCas, "x", 0), StoreStatus::kExists);
  EXPECT_EQ(cache_.Value("a"), "012");
}

TEST_F(CacheStoreTest, AnAbandonedReservationGivesItsMemoryBack) {
  {
    Reservation reserved = cache_->Reserve(cache_.Hash("a"), 1000, 0, kNeverExpires, kNow);
    EXPECT_GE(cache_->Stats().large_value_bytes, 1000u);
    UnpublishedItem moved(std::move(reserved.item));
    EXPECT_TRUE(reserved.item.empty());
    moved = cache_->Reserve(cache_.Hash("b"), 10, 0, kNeverExpires, kNow).item;
    EXPECT_LT(cache_->Stats().large_value_bytes, 1000u);
    EXPECT_GE(cache_->Stats().large_value_bytes, 10u);
  }
  EXPECT_EQ(cache_->Stats().large_value_bytes, 0u);
}

}  // namespace
}  // namespace ringcached::storage
