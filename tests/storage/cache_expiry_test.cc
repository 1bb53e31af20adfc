// Expiry, touch and flush_all.

#include <gtest/gtest.h>

#include <string>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = size_t{64} << 20;

class CacheExpiryTest : public testing::Test {
 protected:
  CacheExpiryTest() : cache_(kLimitBytes) {}
  TestCache cache_;
};

TEST_F(CacheExpiryTest, AnItemEndsExactlyAtItsSecond) {
  cache_.Set("a", "1", kNow, kNow + 2);
  EXPECT_EQ(cache_.Get("a", kNow + 1).status, LookupStatus::kHit);
  EXPECT_EQ(cache_.Get("a", kNow + 2).status, LookupStatus::kExpired);
  EXPECT_EQ(cache_.Get("a", kNow + 2).status, LookupStatus::kMiss);
  EXPECT_EQ(cache_->Stats().item_bytes, 0u);
}

TEST_F(CacheExpiryTest, NeverMeansNever) {
  cache_.Set("a", "1");
  EXPECT_EQ(cache_.Get("a", UINT32_MAX).status, LookupStatus::kHit);
}

TEST_F(CacheExpiryTest, AnItemMayHaveEndedWhenItIsStored) {
  EXPECT_EQ(cache_.Set("a", "1", kFirstSecond, kAlreadyExpired).status, StoreStatus::kStored);
  EXPECT_EQ(cache_.Get("a", kFirstSecond).status, LookupStatus::kExpired);
}

TEST_F(CacheExpiryTest, EndedItemsAreAbsentToEveryOperation) {
  const auto set_ended = [this] { cache_.Set("a", "1", kNow, kNow); };
  set_ended();
  EXPECT_FALSE(cache_.Delete("a"));
  set_ended();
  EXPECT_FALSE(cache_->Touch(cache_.Hash("a"), kNow + 10, kNow));
  set_ended();
  EXPECT_EQ(cache_.GetAndTouch("a", kNow + 10).status, LookupStatus::kExpired);
  set_ended();
  EXPECT_EQ(cache_.Store(StoreMode::kReplace, "a", "2").status, StoreStatus::kNotStored);
  set_ended();
  EXPECT_EQ(cache_.Store(StoreMode::kAppend, "a", "2").status, StoreStatus::kNotStored);
  set_ended();
  EXPECT_EQ(cache_.Store(StoreMode::kCas, "a", "2").status, StoreStatus::kNotFound);
}

TEST_F(CacheExpiryTest, TouchMovesTheEndBothWays) {
  cache_.Set("a", "1", kNow, kNow + 2);
  EXPECT_TRUE(cache_->Touch(cache_.Hash("a"), kNow + 10, kNow));
  EXPECT_EQ(cache_.Get("a", kNow + 9).status, LookupStatus::kHit);
  EXPECT_TRUE(cache_->Touch(cache_.Hash("a"), kNow + 5, kNow));
  EXPECT_EQ(cache_.Get("a", kNow + 5).status, LookupStatus::kExpired);
  EXPECT_FALSE(cache_->Touch(cache_.Hash("a"), kNow + 10, kNow));
}

TEST_F(CacheExpiryTest, GetAndTouchShowsTheNewExpiry) {
  cache_.Set("a", "1", kNow, kNow + 2);
  const FoundItem found = cache_.GetAndTouch("a", kNow + 10);
  EXPECT_EQ(found.status, LookupStatus::kHit);
  EXPECT_EQ(found.value, "1");
  EXPECT_EQ(found.expiry, kNow + 10);
  EXPECT_EQ(cache_.Get("a", kNow + 9).status, LookupStatus::kHit);
  EXPECT_EQ(cache_.GetAndTouch("b", kNow + 10).status, LookupStatus::kMiss);
}

TEST_F(CacheExpiryTest, CountsEndedItemsThatNobodyRead) {
  cache_.Set("read", "1", kNow, kNow + 1);
  cache_.Set("unread", "1", kNow, kNow + 1);
  cache_.Get("read", kNow);
  cache_.Get("read", kNow + 1);
  cache_.Get("unread", kNow + 1);
  EXPECT_EQ(cache_->Stats().expired_unfetched, 1u);
}

class CacheFlushTest : public CacheExpiryTest {
 protected:
  // Enough keys to be in every shard.
  static constexpr int kKeys = 200;

  void SetAll(CacheSecond now) {
    for (int i = 0; i < kKeys; ++i) cache_.Set(std::to_string(i), "1", now);
  }
  int CountHits(CacheSecond now) {
    int hits = 0;
    for (int i = 0; i < kKeys; ++i) {
      hits += cache_.Get(std::to_string(i), now).status == LookupStatus::kHit ? 1 : 0;
    }
    return hits;
  }
};

TEST_F(CacheFlushTest, AtOnceEndsAllThereAre) {
  SetAll(kNow);
  cache_->FlushAll(kNow, kNow);
  EXPECT_EQ(cache_.Get("0").status, LookupStatus::kMiss);
  EXPECT_EQ(cache_.Get("0").status, LookupStatus::kMiss);
  EXPECT_EQ(CountHits(kNow), 0);
  EXPECT_EQ(cache_->Stats().items, 0u);
}

TEST_F(CacheFlushTest, ADeadlineInThePastIsAtOnce) {
  SetAll(kNow);
  cache_->FlushAll(0, kNow);
  EXPECT_EQ(CountHits(kNow), 0);
}

TEST_F(CacheFlushTest, SparesWhatIsStoredLaterInTheSameSecond) {
  SetAll(kNow);
  cache_->FlushAll(kNow, kNow);
  SetAll(kNow);
  EXPECT_EQ(CountHits(kNow), kKeys);
}

TEST_F(CacheFlushTest, FlushedItemsAreAbsentToEveryOperation) {
  SetAll(kNow);
  cache_->FlushAll(kNow, kNow);
  EXPECT_FALSE(cache_.Delete("0"));
  EXPECT_FALSE(cache_->Touch(cache_.Hash("1"), kNow + 9, kNow));
  EXPECT_EQ(cache_.Increment("2", 1).status, DeltaStatus::kNotFound);
  EXPECT_EQ(cache_.Store(StoreMode::kReplace, "3", "2").status, StoreStatus::kNotStored);
  EXPECT_EQ(cache_.Store(StoreMode::kAdd, "4", "2").status, StoreStatus::kStored);
}

TEST_F(CacheFlushTest, ADelayedOneWaitsForItsSecond) {
  SetAll(kNow);
  cache_->FlushAll(kNow + 5, kNow);
  EXPECT_EQ(CountHits(kNow + 4), kKeys);
  EXPECT_EQ(cache_.Get("0", kNow + 5).status, LookupStatus::kMiss);
  EXPECT_EQ(CountHits(kNow + 5), 0);
}

TEST_F(CacheFlushTest, ADelayedOneEndsWhatIsStoredBeforeItsSecondAndNothingElse) {
  cache_->FlushAll(kNow + 5, kNow);
  SetAll(kNow + 4);
  for (int i = 0; i < kKeys; i += 2) cache_.Set(std::to_string(i), "2", kNow + 5);
  EXPECT_EQ(CountHits(kNow + 5), kKeys / 2);
  SetAll(kNow + 6);
  EXPECT_EQ(CountHits(kNow + 100), kKeys);
}

TEST_F(CacheFlushTest, ALaterCallReplacesADeadlineThatHasNotCome) {
  SetAll(kNow);
  cache_->FlushAll(kNow + 5, kNow);
  cache_->FlushAll(kNow + 10, kNow + 1);
  EXPECT_EQ(CountHits(kNow + 9), kKeys);
  EXPECT_EQ(CountHits(kNow + 10), 0);
}

TEST_F(CacheFlushTest, ALaterCallDoesNotUndoADeadlineThatHasCome) {
  SetAll(kNow);
  cache_->FlushAll(kNow + 5, kNow);
  cache_->FlushAll(kNow + 100, kNow + 5);
  EXPECT_EQ(CountHits(kNow + 5), 0);
}

TEST_F(CacheFlushTest, OneAtOnceCancelsADeadlineThatHasNotCome) {
  cache_->FlushAll(kNow + 5, kNow);
  cache_->FlushAll(kNow, kNow);
  SetAll(kNow);
  EXPECT_EQ(CountHits(kNow + 6), kKeys);
}

TEST_F(CacheFlushTest, AReservationIsStoredWhenItIsPublished) {
  Reservation reserved = cache_->Reserve(cache_.Hash("a"), 0, 0, kNeverExpires, kNow);
  cache_->FlushAll(kNow, kNow);
  cache_->Publish(std::move(reserved.item), {}, kNow);
  EXPECT_EQ(cache_.Get("a").status, LookupStatus::kHit);
}

}  // namespace
}  // namespace ringcached::storage
