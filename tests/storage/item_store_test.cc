#include "storage/item_store.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <string>

#include "tests/storage/store_harness.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

class ItemStoreTest : public testing::Test {
 protected:
  ItemStore& store() { return harness_.store(); }
  size_t large_bytes() { return harness_.ledger().bytes(MemoryPart::kLargeValues); }
  void ExpectEmpty() {
    EXPECT_EQ(store().directory().size(), 0u);
    EXPECT_EQ(harness_.log().live_bytes(), 0u);
    EXPECT_EQ(harness_.log().segment_count(), 0u);
    EXPECT_EQ(store().large_bytes(), 0u);
    EXPECT_EQ(large_bytes(), 0u);
  }
  // As many items as the index takes of one range.
  void FillRange(Range range) {
    for (size_t i = 0; i < 2 * kSlotsPerBucket; ++i) {
      ItemSpec spec{.key = keys_.emplace_back(Numbered("k", i)), .value = "v"};
      ASSERT_TRUE(store().log().Fits(kLongLivedQueue, &spec));
      ASSERT_TRUE(store().Add(range, kLongLivedQueue, spec, 0));
    }
  }

  StoreHarness harness_;
  std::deque<std::string> keys_;
};

TEST_F(ItemStoreTest, WhatIsAddedIsFoundByItsKeyAndByItsPlace) {
  ASSERT_TRUE(harness_.Put("key", "value", {.stamp = 9}));
  const ItemStore::Found found = harness_.Find("key");
  ASSERT_NE(found.item, nullptr);
  EXPECT_EQ(found.item->value(), "value");
  EXPECT_EQ(StampIn(found.word), 9u);
  EXPECT_EQ(found.slot->load(), found.word);
  EXPECT_EQ(store().CasOf(*found.item), StoreHarness::kNumbering.Number(1));
  EXPECT_EQ(store().FindAt(harness_.RangeOf("key"), found.item).slot, found.slot);
  EXPECT_EQ(harness_.Find("other").item, nullptr);
  EXPECT_EQ(store().Find(harness_.RangeOf("key"), "other").item, nullptr) << "of the same range";
}

TEST_F(ItemStoreTest, KeysOfOneRangeAreToldApart) {
  harness_.Open(kLongLivedQueue);
  FillRange(5);
  for (const std::string& key : keys_) {
    const ItemStore::Found found = store().Find(5, key);
    ASSERT_NE(found.item, nullptr);
    EXPECT_EQ(found.item->key(), key);
    EXPECT_EQ(store().FindAt(5, found.item).item, found.item);
  }
  for (const std::string& key : keys_) store().Remove(5, store().Find(5, key));
}

TEST_F(ItemStoreTest, AnItemThatTheIndexHasNoMemoryForIsNotThereAndItsLargeValueIsTheCallers) {
  LargeValueHeap heap(&harness_.ledger());
  const LargeValueRef large(heap.Create(1000));
  harness_.Open(kLongLivedQueue);
  FillRange(5);
  const size_t live_bytes = harness_.log().live_bytes();
  ItemSpec spec{.key = "refused", .value = {}, .large = large.get()};
  ASSERT_TRUE(store().log().Fits(kLongLivedQueue, &spec));
  // For the index would have to grow.
  harness_.ledger().FailNthChargeForTest(1);
  EXPECT_FALSE(store().Add(5, kLongLivedQueue, spec, 0));
  EXPECT_EQ(harness_.ledger().FailNthChargeForTest(0), 0u);
  EXPECT_EQ(store().Find(5, "refused").item, nullptr);
  EXPECT_EQ(store().directory().size(), keys_.size());
  EXPECT_EQ(harness_.log().live_bytes(), live_bytes);
  EXPECT_EQ(store().large_bytes(), 0u);
  EXPECT_GT(large_bytes(), 0u);
  for (const std::string& key : keys_) store().Remove(5, store().Find(5, key));
}

TEST_F(ItemStoreTest, AReplacementIsFoundWhereTheOldOneWasAndThatIsDead) {
  ASSERT_TRUE(harness_.Put("key", "old", {.stamp = 3}));
  const Item* const old = harness_.Find("key").item;
  ASSERT_TRUE(harness_.Put("key", "newer", {.queue = kShortLivedQueue, .stamp = 4}));
  const ItemStore::Found found = harness_.Find("key");
  EXPECT_EQ(found.item->value(), "newer");
  EXPECT_EQ(StampIn(found.word), 4u);
  EXPECT_EQ(store().SegmentOf(*found.item)->queue, kShortLivedQueue);
  EXPECT_EQ(store().FindAt(harness_.RangeOf("key"), old).item, nullptr);
  EXPECT_EQ(store().directory().size(), 1u);
  EXPECT_EQ(harness_.log().live_bytes(), found.item->size_bytes());
}

TEST_F(ItemStoreTest, AReplacedOrRemovedLargeValueIsGivenBack) {
  ASSERT_TRUE(harness_.Put("key", std::string(1000, 'a'), {.large = true}));
  const size_t smaller_bytes = large_bytes();
  EXPECT_GE(smaller_bytes, 1000u);
  EXPECT_EQ(store().large_bytes(), smaller_bytes);
  ASSERT_TRUE(harness_.Put("key", std::string(100'000, 'b'), {.large = true}));
  EXPECT_GE(large_bytes(), 100'000u);
  EXPECT_EQ(store().large_bytes(), large_bytes());
  ASSERT_TRUE(harness_.Put("key", "in the log"));
  EXPECT_EQ(large_bytes(), 0u);
  EXPECT_EQ(store().large_bytes(), 0u);
  ASSERT_TRUE(harness_.Put("key", std::string(1000, 'c'), {.large = true}));
  EXPECT_TRUE(harness_.Remove("key"));
  EXPECT_EQ(large_bytes(), 0u);
  EXPECT_EQ(store().large_bytes(), 0u);
}

TEST_F(ItemStoreTest, AValueThatAReaderHoldsOutlivesItsItem) {
  ASSERT_TRUE(harness_.Put("key", std::string(1000, 'a'), {.large = true}));
  LargeValue* const value = harness_.Find("key").item->large_value();
  value->AddReference();
  harness_.Clear();
  EXPECT_EQ(store().large_bytes(), 0u) << "the store's";
  EXPECT_GE(large_bytes(), 1000u);
  EXPECT_EQ(value->view(), std::string(1000, 'a'));
  value->DropReference();
  EXPECT_EQ(large_bytes(), 0u);
}

TEST_F(ItemStoreTest, AMovedItemIsTheSameElsewhere) {
  for (const bool large : {false, true}) {
    ASSERT_TRUE(harness_.Put("key", std::string(500, 'v'), {.expiry = 77, .large = large}));
    const ItemStore::Found found = harness_.Find("key");
    const uint64_t cas = store().CasOf(*found.item);
    const size_t bytes = large_bytes();
    harness_.set_last_cas(uint64_t{1} << 40);
    harness_.Open(kShortLivedQueue);
    ItemSpec spec = SpecOf(*found.item, cas);
    ASSERT_TRUE(store().log().Fits(kShortLivedQueue, &spec));
    store().Move(found, kShortLivedQueue, spec, 6);
    const ItemStore::Found moved = harness_.Find("key");
    EXPECT_NE(moved.item, found.item);
    EXPECT_EQ(moved.item->value(), std::string(500, 'v'));
    EXPECT_EQ(moved.item->expiry(), 77u);
    EXPECT_EQ(store().CasOf(*moved.item), cas);
    EXPECT_EQ(StampIn(moved.word), 6u);
    EXPECT_EQ(store().FindAt(harness_.RangeOf("key"), found.item).item, nullptr);
    EXPECT_EQ(large_bytes(), bytes);
    EXPECT_EQ(store().large_bytes(), bytes);
    EXPECT_EQ(harness_.log().live_bytes(), moved.item->size_bytes());
  }
}

TEST_F(ItemStoreTest, ASealedSegmentIsGivenUpWithItsLastItem) {
  ASSERT_TRUE(harness_.Put("first", "v"));
  ASSERT_TRUE(harness_.Put("second", "v"));
  harness_.SealAll();
  harness_.Remove("first");
  EXPECT_EQ(harness_.log().segment_count(), 1u);
  harness_.Remove("second");
  EXPECT_EQ(harness_.log().segment_count(), 0u);
  EXPECT_EQ(harness_.pool().free_segments(), 1u);
}

TEST_F(ItemStoreTest, AnOpenSegmentStaysWithoutItems) {
  ASSERT_TRUE(harness_.Put("key", "v"));
  harness_.Remove("key");
  EXPECT_EQ(harness_.log().segment_count(), 1u);
}

TEST_F(ItemStoreTest, AGuardedSegmentStaysWithoutItemsUntilItIsNoLonger) {
  ASSERT_TRUE(harness_.Put("key", "v"));
  Segment* const segment = store().SegmentOf(*harness_.Find("key").item);
  harness_.SealAll();
  store().set_guarded(segment);
  harness_.Remove("key");
  EXPECT_EQ(harness_.log().segment_count(), 1u);
  EXPECT_EQ(harness_.log().Oldest(), segment);
  store().set_guarded(nullptr);
  store().log().Retire(segment);
  EXPECT_EQ(harness_.log().segment_count(), 0u);
}

TEST_F(ItemStoreTest, ClearLeavesNothingAndMayBeStoredInto) {
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 500; ++i) {
      ASSERT_TRUE(harness_.Put(Numbered("k", i), std::string(200, 'v'), {.large = i % 50 == 0}));
    }
    EXPECT_EQ(store().directory().size(), 500u);
    harness_.Clear();
    ExpectEmpty();
    for (int i = 0; i < 500; ++i) ASSERT_FALSE(harness_.Has(Numbered("k", i)));
  }
}

TEST_F(ItemStoreTest, ClearWithoutMemoryForAnEmptyIndexRemovesOneByOne) {
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(harness_.Put(Numbered("k", i), std::string(200, 'v'), {.large = i % 50 == 0}));
  }
  const size_t slots = store().directory().slot_count();
  harness_.ledger().FailNthChargeForTest(1);
  harness_.Clear();
  EXPECT_EQ(harness_.ledger().FailNthChargeForTest(0), 0u);
  EXPECT_EQ(store().directory().slot_count(), slots) << "the same index";
  ExpectEmpty();
  for (int i = 0; i < 500; ++i) ASSERT_FALSE(harness_.Has(Numbered("k", i)));
}

TEST_F(ItemStoreTest, OnlyWhatIsLargeIsRemovedByRemoveLarge) {
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(harness_.Put(
        Numbered("k", i), std::string(300, 'v'),
        {.queue = i % 2 == 0 ? kLongLivedQueue : kShortLivedQueue, .large = i % 3 == 0}));
  }
  // A segment of its own, which goes with it.
  harness_.Open(kLongLivedQueue);
  ASSERT_TRUE(harness_.Put("alone", "v", {.large = true}));
  const size_t segments = harness_.log().segment_count();
  store().RemoveLarge([this](std::string_view key) { return harness_.RangeOf(key); });
  EXPECT_EQ(large_bytes(), 0u);
  EXPECT_EQ(store().large_bytes(), 0u);
  EXPECT_FALSE(harness_.Has("alone"));
  EXPECT_EQ(harness_.log().segment_count(), segments - 1);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(harness_.Has(Numbered("k", i)), i % 3 != 0) << i;
}

TEST_F(ItemStoreTest, LogAndDirectoryFollowTheModel) {
  std::mt19937_64 random(TestSeed());
  std::map<std::string, std::string> model;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = Numbered("k", random() % 300);
    const LogQueue queue = random() % 2 == 0 ? kLongLivedQueue : kShortLivedQueue;
    if (random() % 3 == 0) {
      EXPECT_EQ(harness_.Remove(key), model.erase(key) == 1);
      continue;
    }
    const std::string value(1 + random() % 900, static_cast<char>('a' + random() % 26));
    ASSERT_TRUE(harness_.Put(key, value, {.queue = queue, .large = random() % 20 == 0}));
    model[key] = value;
  }
  EXPECT_EQ(store().directory().size(), model.size());
  size_t live_bytes = 0;
  for (const auto& [key, value] : model) {
    ASSERT_EQ(harness_.Value(key), value);
    live_bytes += harness_.Find(key).item->size_bytes();
  }
  EXPECT_EQ(harness_.log().live_bytes(), live_bytes);
  EXPECT_EQ(store().large_bytes(), large_bytes());
  harness_.Clear();
  ExpectEmpty();
}

}  // namespace
}  // namespace ringcached::storage
