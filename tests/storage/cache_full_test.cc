// What a full cache that drops nothing says to requests which change an item and need room for
// that.

#include <gtest/gtest.h>

#include <string>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr CacheSecond kSoon = kNow + 100;
constexpr size_t kLimitBytes = size_t{4} << 20;

// Full of counters that never end. Each request below needs another place for its item; there is a
// little room for replacing, which is used up on the way.
class CacheFullTest : public testing::Test {
 protected:
  CacheFullTest() : cache_(kLimitBytes, /*evict=*/false) {
    while (cache_.Set(Key(keys_), "7").status == StoreStatus::kStored) ++keys_;
    refused_before_ = cache_->Stats().out_of_memory;
  }

  static std::string Key(int number) { return Numbered("counter", number); }

  void ExpectUnchanged(const std::string& key) {
    const FoundItem found = cache_.Get(key);
    EXPECT_EQ(found.status, LookupStatus::kHit) << key;
    EXPECT_EQ(found.value, "7");
    EXPECT_EQ(found.expiry, kNeverExpires);
  }

  TestCache cache_;
  int keys_ = 0;
  uint64_t refused_before_ = 0;
};

TEST_F(CacheFullTest, ReadsThatSetAnEndMissWhereItCannotBeSet) {
  int refused = 0;
  for (int i = 0; i < keys_; ++i) {
    const FoundItem found = cache_.GetAndTouch(Key(i), kSoon);
    if (found.status == LookupStatus::kHit) {
      EXPECT_EQ(found.expiry, kSoon);
      continue;
    }
    ExpectUnchanged(Key(i));
    ++refused;
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, keys_);
  EXPECT_EQ(cache_->Stats().items, static_cast<uint64_t>(keys_));
  EXPECT_EQ(cache_->Stats().out_of_memory, refused_before_ + static_cast<uint64_t>(refused));
}

TEST_F(CacheFullTest, TouchSaysNotThereWhereItCannotSetTheEnd) {
  int refused = 0;
  for (int i = 0; i < keys_; ++i) {
    if (cache_->Touch(cache_.Hash(Key(i)), kSoon, kNow)) {
      EXPECT_EQ(cache_.Get(Key(i)).expiry, kSoon);
      continue;
    }
    ExpectUnchanged(Key(i));
    ++refused;
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, keys_);
  EXPECT_EQ(cache_->Stats().out_of_memory, refused_before_ + static_cast<uint64_t>(refused));
}

TEST_F(CacheFullTest, IncrementsThatSetAnEndChangeBothOrNeither) {
  int refused = 0;
  for (int i = 0; i < keys_; ++i) {
    const DeltaResult result = cache_->Delta({.key = cache_.Hash(Key(i)), .expiry = kSoon}, kNow);
    if (result.status == DeltaStatus::kDone) {
      EXPECT_EQ(cache_.Value(Key(i)), "8");
      EXPECT_EQ(cache_.Get(Key(i)).expiry, kSoon);
      continue;
    }
    EXPECT_EQ(result.status, DeltaStatus::kOutOfMemory);
    ExpectUnchanged(Key(i));
    ++refused;
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, keys_);
}

TEST_F(CacheFullTest, WhatCannotBeMarkedStaleIsRemoved) {
  // Uses up the room for replacing, but for what the first removals give back.
  for (int i = 0; i < keys_; ++i) cache_.GetAndTouch(Key(i), kSoon);
  const uint64_t stale_cas = 1;
  int removed = 0;
  for (int i = 0; i < keys_; ++i) {
    // A number of its own needs a field.
    EXPECT_EQ(cache_->Delete({.key = cache_.Hash(Key(i)), .mark_stale = true, .new_cas = stale_cas},
                             kNow),
              DeleteStatus::kDone);
    bool stale = false;
    const LookupStatus after = cache_->Read(cache_.Hash(Key(i)), {}, kNow,
                                            [&](const ItemView& view) { stale = view.stale; });
    EXPECT_EQ(stale, after == LookupStatus::kHit);
    removed += after == LookupStatus::kMiss ? 1 : 0;
  }
  EXPECT_GT(removed, 0);
}

}  // namespace
}  // namespace ringcached::storage
