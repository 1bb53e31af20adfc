#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = size_t{1} << 20;

struct PinnedValue {
  Pin pin;
  std::string_view value;
};

class CachePinTest : public testing::Test {
 protected:
  CachePinTest() : cache_(kLimitBytes) {}

  PinnedValue PinOf(std::string_view key) {
    PinnedValue pinned;
    cache_->Get(cache_.Hash(key), kNow, [&pinned](const ItemView& view) {
      pinned = {view.MakePin(), view.value};
    });
    return pinned;
  }

  TestCache cache_;
};

TEST_F(CachePinTest, AnEmptyPinReleasesNothing) {
  Pin pin;
  EXPECT_TRUE(pin.empty());
  pin.Release();
}

TEST_F(CachePinTest, SurvivesReplacement) {
  cache_.Set("a", "old");
  PinnedValue pinned = PinOf("a");
  cache_.Set("a", "new");
  EXPECT_EQ(pinned.value, "old");
  EXPECT_EQ(cache_.Value("a"), "new");
}

TEST_F(CachePinTest, ALargeValueSurvivesDeleteAndIsCountedUntilReleased) {
  cache_.Set("a", std::string(5000, 'x'));
  PinnedValue pinned = PinOf("a");
  cache_.Delete("a");
  EXPECT_EQ(pinned.value, std::string(5000, 'x'));
  EXPECT_EQ(cache_->Stats().items, 0u);
  EXPECT_EQ(cache_->Stats().item_bytes, 0u);
  EXPECT_GE(cache_->Stats().large_value_bytes, 5000u);
  Pin moved(std::move(pinned.pin));
  pinned.pin.Release();
  EXPECT_GE(cache_->Stats().large_value_bytes, 5000u);
  moved.Release();
  EXPECT_EQ(cache_->Stats().large_value_bytes, 0u);
}

TEST_F(CachePinTest, SurvivesEviction) {
  cache_.Set("a", "evicted");
  PinnedValue pinned = PinOf("a");
  for (int i = 0; cache_.cache().Stats().evictions == 0 || i < 2000; ++i) {
    cache_.Set(Numbered("filler", i), std::string(2000, 'x'));
  }
  EXPECT_EQ(cache_.Value("a"), std::nullopt);
  EXPECT_EQ(pinned.value, "evicted");
}

// Pinned values keep their segments: while they do, a shard has those and as many others.
TEST_F(CachePinTest, AValueInTheLogKeepsItsSegmentUntilReleased) {
  const std::string value(2000, 'x');
  const size_t segment_bytes = cache_->Stats().segment_size_bytes;
  std::vector<PinnedValue> pinned;
  for (int i = 0; i < 20; ++i) {
    const std::string key = Numbered("pinned", i);
    cache_.Set(key, value);
    pinned.push_back(PinOf(key));
    for (size_t bytes = 0; bytes < segment_bytes; bytes += 2000) {
      cache_.Set(Numbered("filler", bytes), value);
    }
  }
  cache_->FlushAll(kNow, kNow);
  ASSERT_TRUE(cache_->SetMemoryLimit(kMinMemoryLimitBytes, kNow).ok());
  cache_->SetOtherBytes(kLimitBytes, kNow);
  // Others take all that the cache need not have, so free segments are given back.
  EXPECT_GE(cache_->Stats().segment_bytes, 20 * segment_bytes);
  for (const PinnedValue& each : pinned) EXPECT_EQ(each.value, value);
  pinned.clear();
  EXPECT_LE(cache_->Stats().segment_bytes, kLimitBytes / 4);
}

TEST_F(CachePinTest, SurvivesExpiryAndFlush) {
  cache_.Set("a", "expired", kNow, kNow + 1);
  cache_.Set("b", "flushed");
  PinnedValue a = PinOf("a");
  PinnedValue b = PinOf("b");
  cache_->FlushAll(kNow, kNow);
  EXPECT_NE(cache_.Get("a", kNow + 1).status, LookupStatus::kHit);
  EXPECT_NE(cache_.Get("b", kNow + 1).status, LookupStatus::kHit);
  EXPECT_EQ(a.value, "expired");
  EXPECT_EQ(b.value, "flushed");
}

TEST_F(CachePinTest, APinnedNumberDoesNotChange) {
  cache_.Set("a", "100");
  PinnedValue pinned = PinOf("a");
  EXPECT_EQ(cache_.Decrement("a", 1).value, 99u);
  EXPECT_EQ(pinned.value, "100");
  // The same text as without a pin.
  EXPECT_EQ(cache_.Value("a"), "99 ");
  EXPECT_EQ(cache_.Increment("a", 1).value, 100u);
  EXPECT_EQ(pinned.value, "100");
}

TEST_F(CachePinTest, SeveralPinsOfOneItemCountEach) {
  const std::string value(5000, 'v');
  cache_.Set("a", value);
  PinnedValue first = PinOf("a");
  PinnedValue second = PinOf("a");
  cache_.Delete("a");
  first.pin.Release();
  EXPECT_EQ(second.value, value);
  EXPECT_GT(cache_->Stats().large_value_bytes, 0u);
  second.pin.Release();
  EXPECT_EQ(cache_->Stats().large_value_bytes, 0u);
}

TEST_F(CachePinTest, TheBudgetHoldsAlthoughEvictedItemsArePinned) {
  const std::string value(50'000, 'x');
  std::vector<PinnedValue> pinned;
  for (int i = 0; i < 10; ++i) {
    cache_.Set(Numbered("pinned", i), value);
    pinned.push_back(PinOf(Numbered("pinned", i)));
  }
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(cache_.Set(Numbered("filler", i), value).status, StoreStatus::kStored);
    ASSERT_LE(BudgetedBytes(cache_->Stats()), kLimitBytes);
    ASSERT_EQ(cache_.Set("replaced", value).status, StoreStatus::kStored);
    pinned[static_cast<size_t>(i) % pinned.size()] = PinOf("replaced");
    ASSERT_LE(BudgetedBytes(cache_->Stats()), kLimitBytes);
  }
  EXPECT_GT(cache_->Stats().evictions, 0u);
}

TEST(CachePinNoEvict, APinnedItemGivesNoRoomToItsReplacement) {
  TestCache cache(kLimitBytes, /*evict=*/false);
  const std::string value(5'000, 'x');
  for (int i = 0; cache.Set(Numbered("key", i), value).status == StoreStatus::kStored; ++i) {
  }
  // And with small ones, so that no room is left in the log either.
  for (int i = 0; cache.Set(Numbered("small", i), "x").status == StoreStatus::kStored; ++i) {
  }
  Pin pin;
  cache->Get(cache.Hash("key0"), kNow, [&pin](const ItemView& view) { pin = view.MakePin(); });
  EXPECT_EQ(cache.Set("key0", value).status, StoreStatus::kOutOfMemory);
  EXPECT_TRUE(cache.Delete("key0"));
  // No reader looks at it any more, but the pin holds it.
  EXPECT_GT(cache->Stats().large_value_bytes, 0u);
  EXPECT_EQ(cache.Set("key0", value).status, StoreStatus::kOutOfMemory);
  pin.Release();
  // One of them may be what the small ones have taken beyond the budget.
  for (int i = 1; i < 20; ++i) EXPECT_TRUE(cache.Delete(Numbered("key", i)));
  EXPECT_EQ(cache.Set("key0", value).status, StoreStatus::kStored);
}

}  // namespace
}  // namespace ringcached::storage
