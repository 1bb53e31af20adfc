// Append, prepend, increment and decrement.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = size_t{64} << 20;

class CacheConcatTest : public testing::Test {
 protected:
  CacheConcatTest() : cache_(kLimitBytes) {}
  TestCache cache_;
};

TEST_F(CacheConcatTest, JoinsOnTheRightSide) {
  cache_.Set("a", "middle");
  EXPECT_EQ(cache_.Store(StoreMode::kAppend, "a", ">").status, StoreStatus::kStored);
  EXPECT_EQ(cache_.Store(StoreMode::kPrepend, "a", "<").status, StoreStatus::kStored);
  EXPECT_EQ(cache_.Value("a"), "<middle>");
  EXPECT_EQ(cache_->Stats().items, 1u);
}

TEST_F(CacheConcatTest, KeepsFlagsAndExpiryButNotTheCasNumber) {
  const uint64_t cas = cache_.Set("a", "1", kNow, kNow + 10, 5).cas;
  const StoreResult joined = cache_.Store(StoreMode::kAppend, "a", "2", kNow, kNow + 1000, 9);
  const FoundItem found = cache_.Get("a");
  EXPECT_EQ(found.client_flags, 5u);
  EXPECT_EQ(found.expiry, kNow + 10);
  EXPECT_GT(found.cas, cas);
  EXPECT_EQ(found.cas, joined.cas);
}

TEST_F(CacheConcatTest, NeedsAPresentItem) {
  EXPECT_EQ(cache_.Store(StoreMode::kAppend, "a", "1").status, StoreStatus::kNotStored);
  EXPECT_EQ(cache_.Store(StoreMode::kPrepend, "a", "1").status, StoreStatus::kNotStored);
  EXPECT_EQ(cache_->Stats().items, 0u);
  EXPECT_EQ(cache_->Stats().item_bytes, 0u);
}

TEST_F(CacheConcatTest, TooLargeTogetherLeavesTheOldAlone) {
  const std::string half(cache_->options().max_item_bytes / 2, 'x');
  cache_.Set("a", half);
  EXPECT_EQ(cache_.Store(StoreMode::kAppend, "a", half).status, StoreStatus::kNotStored);
  EXPECT_EQ(cache_.Store(StoreMode::kPrepend, "a", half).status, StoreStatus::kNotStored);
  EXPECT_EQ(cache_.Value("a"), half);
}

class CacheDeltaTest : public testing::Test {
 protected:
  CacheDeltaTest() : cache_(kLimitBytes) {}
  TestCache cache_;
};

TEST_F(CacheDeltaTest, NeedsAPresentNumber) {
  EXPECT_EQ(cache_.Increment("a", 1).status, DeltaStatus::kNotFound);
  for (const std::string text : {"", " ", "x", "1x", "-1", " 1", "18446744073709551616"}) {
    cache_.Set("a", text);
    EXPECT_EQ(cache_.Increment("a", 1).status, DeltaStatus::kNonNumeric) << text;
    EXPECT_EQ(cache_.Decrement("a", 1).status, DeltaStatus::kNonNumeric) << text;
    EXPECT_EQ(cache_.Value("a"), text);
  }
}

TEST_F(CacheDeltaTest, CountsUpAndGrowsTheText) {
  cache_.Set("a", "8");
  EXPECT_EQ(cache_.Increment("a", 1).value, 9u);
  EXPECT_EQ(cache_.Value("a"), "9");
  EXPECT_EQ(cache_.Increment("a", 1).value, 10u);
  EXPECT_EQ(cache_.Value("a"), "10");
  EXPECT_EQ(cache_.Increment("a", 1'000'000).value, 1'000'010u);
  EXPECT_EQ(cache_.Value("a"), "1000010");
}

TEST_F(CacheDeltaTest, CountsDownAndPadsTheText) {
  cache_.Set("a", "100");
  EXPECT_EQ(cache_.Decrement("a", 1).value, 99u);
  EXPECT_EQ(cache_.Value("a"), "99 ");
  EXPECT_EQ(cache_.Decrement("a", 98).value, 1u);
  EXPECT_EQ(cache_.Value("a"), "1  ");
  EXPECT_EQ(cache_.Increment("a", 999).value, 1000u);
  EXPECT_EQ(cache_.Value("a"), "1000");
}

TEST_F(CacheDeltaTest, WrapsUpwardsAndStopsAtZeroDownwards) {
  cache_.Set("a", "18446744073709551615");
  EXPECT_EQ(cache_.Increment("a", 0).value, UINT64_MAX);
  EXPECT_EQ(cache_.Increment("a", 1).value, 0u);
  cache_.Set("a", "18446744073709551610");
  EXPECT_EQ(cache_.Increment("a", UINT64_MAX).value, 18446744073709551609u);
  cache_.Set("a", "5");
  EXPECT_EQ(cache_.Decrement("a", 5).value, 0u);
  EXPECT_EQ(cache_.Decrement("a", 1).value, 0u);
  cache_.Set("a", "5");
  EXPECT_EQ(cache_.Decrement("a", UINT64_MAX).value, 0u);
  EXPECT_EQ(cache_.Value("a"), "0");
}

TEST_F(CacheDeltaTest, GivesANewCasNumberAndKeepsFlagsAndExpiry) {
  const uint64_t cas = cache_.Set("a", "9", kNow, kNow + 10, 5).cas;
  const DeltaResult in_place = cache_.Decrement("a", 1);
  EXPECT_GT(in_place.cas, cas);
  EXPECT_EQ(cache_.Get("a").cas, in_place.cas);
  const DeltaResult grown = cache_.Increment("a", 100);
  EXPECT_GT(grown.cas, in_place.cas);
  const FoundItem found = cache_.Get("a");
  EXPECT_EQ(found.cas, grown.cas);
  EXPECT_EQ(found.client_flags, 5u);
  EXPECT_EQ(found.expiry, kNow + 10);
}

TEST_F(CacheDeltaTest, DoesNotSeeEndedItems) {
  cache_.Set("a", "1", kNow, kNow + 1);
  EXPECT_EQ(cache_.Increment("a", 1, kNow + 1).status, DeltaStatus::kNotFound);
}

}  // namespace
}  // namespace ringcached::storage
