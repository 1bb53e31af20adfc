// Conditions on an item's cas number, numbers that the caller chooses, and what of an item a delete
// may leave.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

class CacheConditionTest : public testing::Test {
 protected:
  DeleteStatus Delete(DeleteRequest request) {
    request.key = cache_.Hash("a");
    return cache_->Delete(request, kNow);
  }
  DeltaResult Delta(DeltaRequest request) {
    request.key = cache_.Hash("a");
    return cache_->Delta(request, kNow);
  }
  StoreResult Store(std::string_view value, const StoreRule& rule,
                    CacheSecond expiry = kNeverExpires) {
    return cache_->Store({.key = cache_.Hash("a"),
                          .value = value,
                          .client_flags = 3,
                          .expiry = expiry,
                          .rule = rule},
                         kNow);
  }

  TestCache cache_{size_t{8} << 20};
};

TEST_F(CacheConditionTest, ADeleteHoldsTheNumberAgainstTheItems) {
  const uint64_t cas = cache_.Set("a", "v").cas;
  EXPECT_EQ(Delete({.key = {}, .expected_cas = cas + 1}), DeleteStatus::kExists);
  EXPECT_EQ(Delete({.key = {}, .expected_cas = 0}), DeleteStatus::kExists);
  EXPECT_EQ(cache_.Value("a"), "v");
  EXPECT_EQ(Delete({.key = {}, .expected_cas = cas}), DeleteStatus::kDone);
  EXPECT_EQ(Delete({.key = {}, .expected_cas = cas}), DeleteStatus::kNotFound);
}

TEST_F(CacheConditionTest, ADeleteMayLeaveAnEmptyItemWithItsNumber) {
  const uint64_t cas = cache_.Set("a", std::string(100'000, 'v'), kNow, kNow + 9, 7).cas;
  EXPECT_EQ(Delete({.key = {}, .keep_empty = true, .client_flags = 4}), DeleteStatus::kDone);
  const FoundItem found = cache_.Get("a");
  EXPECT_EQ(found.status, LookupStatus::kHit);
  EXPECT_EQ(found.value, "");
  EXPECT_EQ(found.cas, cas);
  EXPECT_EQ(found.client_flags, 4u);
  EXPECT_EQ(found.expiry, kNeverExpires);
  EXPECT_EQ(cache_->Stats().large_value_bytes, 0u);
  EXPECT_EQ(Delete({.key = {}, .keep_empty = true, .expiry = kNow + 5, .new_cas = 99}),
            DeleteStatus::kDone);
  EXPECT_EQ(cache_.Get("a").cas, 99u);
  EXPECT_EQ(cache_.Get("a").expiry, kNow + 5);
  EXPECT_EQ(Delete({.key = {}, .keep_empty = true, .mark_stale = true}), DeleteStatus::kDone);
  bool stale = false;
  cache_->Read(cache_.Hash("a"), {.note_use = false}, kNow,
               [&](const ItemView& view) { stale = view.stale; });
  EXPECT_TRUE(stale);
  EXPECT_GT(cache_.Get("a").cas, cas);
}

TEST_F(CacheConditionTest, AStaleLargeValueIsStillThere) {
  const std::string value(200'000, 'v');
  cache_.Set("a", value);
  EXPECT_EQ(Delete({.key = {}, .mark_stale = true}), DeleteStatus::kDone);
  EXPECT_EQ(cache_.Value("a"), value);
  cache_.Delete("a");
  EXPECT_EQ(cache_->Stats().large_value_bytes, 0u);
}

TEST_F(CacheConditionTest, JoiningHoldsANumberAgainstTheItems) {
  const uint64_t cas = cache_.Set("a", "v").cas;
  EXPECT_EQ(Store("x", {.mode = StoreMode::kAppend, .expected_cas = cas + 1}).status,
            StoreStatus::kExists);
  const StoreResult joined = Store("x", {.mode = StoreMode::kPrepend, .expected_cas = cas});
  EXPECT_EQ(joined.status, StoreStatus::kStored);
  EXPECT_EQ(joined.value_bytes, 2u);
  EXPECT_EQ(cache_.Value("a"), "xv");
}

TEST_F(CacheConditionTest, JoiningMayVivify) {
  EXPECT_EQ(Store("x", {.mode = StoreMode::kAppend}).status, StoreStatus::kNotStored);
  EXPECT_EQ(Store("x", {.mode = StoreMode::kAppend, .vivify = true}, kNow + 8).status,
            StoreStatus::kStored);
  EXPECT_EQ(cache_.Get("a").expiry, kNow + 8);
  EXPECT_EQ(cache_.Get("a").client_flags, 3u);
  EXPECT_EQ(Store("y", {.mode = StoreMode::kAppend, .vivify = true}, kNow + 90).status,
            StoreStatus::kStored);
  EXPECT_EQ(cache_.Value("a"), "xy");
  EXPECT_EQ(cache_.Get("a").expiry, kNow + 8);
  cache_.Delete("a");
  const std::string large(300'000, 'l');
  EXPECT_EQ(Store(large, {.mode = StoreMode::kPrepend, .vivify = true}).status,
            StoreStatus::kStored);
  EXPECT_EQ(cache_.Value("a"), large);
}

TEST_F(CacheConditionTest, NumbersThatTheCallerChoosesAreKeptByteForByte) {
  for (const uint64_t cas : {uint64_t{0}, uint64_t{1}, uint64_t{12345}, ~uint64_t{0}}) {
    EXPECT_EQ(Store("v", {.new_cas = cas}).cas, cas);
    EXPECT_EQ(cache_.Get("a").cas, cas);
    // They move with the item.
    EXPECT_TRUE(cache_->Touch(cache_.Hash("a"), kNow + 100, kNow));
    EXPECT_EQ(cache_.Get("a").cas, cas);
    cache_.Delete("a");
  }
  EXPECT_EQ(Store("v", {.new_cas = 0}).status, StoreStatus::kStored);
  EXPECT_EQ(Store("w", {.mode = StoreMode::kCas, .expected_cas = 0}).status, StoreStatus::kExists);
}

TEST_F(CacheConditionTest, ADeltaHoldsTheNumberAgainstTheItemsAndTakesAnother) {
  const uint64_t cas = cache_.Set("a", "5").cas;
  EXPECT_EQ(Delta({.key = {}, .expected_cas = cas + 1}).status, DeltaStatus::kExists);
  const DeltaResult changed =
      Delta({.key = {}, .delta = 2, .expected_cas = cas, .new_cas = 77, .expiry = kNow + 4});
  EXPECT_EQ(changed.status, DeltaStatus::kDone);
  EXPECT_EQ(changed.value, 7u);
  EXPECT_EQ(changed.cas, 77u);
  EXPECT_EQ(changed.expiry_before, kNeverExpires);
  EXPECT_EQ(cache_.Get("a").cas, 77u);
  EXPECT_EQ(cache_.Get("a").expiry, kNow + 4);
  // In place by now.
  EXPECT_EQ(Delta({.key = {}, .new_cas = 78}).cas, 78u);
  EXPECT_EQ(cache_.Get("a").cas, 78u);
  EXPECT_EQ(Delta({.key = {}, .expiry = kNow + 6}).expiry_before, kNow + 4);
}

TEST_F(CacheConditionTest, ADeltaVivifies) {
  EXPECT_EQ(Delta({.key = {}, .delta = 3}).status, DeltaStatus::kNotFound);
  const DeltaResult created =
      Delta({.key = {}, .delta = 3, .vivify_expiry = kNow + 9, .initial = 100});
  EXPECT_EQ(created.status, DeltaStatus::kCreated);
  EXPECT_EQ(created.value, 100u);
  EXPECT_EQ(cache_.Value("a"), "100");
  EXPECT_EQ(cache_.Get("a").expiry, kNow + 9);
  EXPECT_EQ(cache_.Get("a").cas, created.cas);
  EXPECT_EQ(Delta({.key = {}, .delta = 3, .vivify_expiry = kNow + 90, .initial = 5}).value, 103u);
  EXPECT_EQ(cache_.Get("a").expiry, kNow + 9);
}

TEST_F(CacheConditionTest, WhatCannotBeANumberIsSaidBeforeTheNumberOfTheVersion) {
  cache_.Set("a", "");
  EXPECT_EQ(Delta({.key = {}, .expected_cas = 1}).status, DeltaStatus::kNonNumeric);
  cache_.Set("a", "text");
  EXPECT_EQ(Delta({.key = {}, .expected_cas = 1}).status, DeltaStatus::kExists);
}

}  // namespace
}  // namespace ringcached::storage
