#include "storage/cleaner.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <string>

#include "tests/storage/store_harness.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kSegmentBytes = StoreHarness::kSegmentBytes;
// Of these a segment has room for fifteen.
constexpr size_t kValueBytes = 1040;
constexpr int kItemsInSegment = 15;
// As a step: a whole segment.
constexpr size_t kAll = kSegmentBytes;

class CleanerTest : public testing::Test {
 protected:
  explicit CleanerTest(bool evict = true, EvictionPolicy policy = EvictionPolicy::kLru)
      : eviction_(policy, &harness_.ledger(), kSegmentBytes),
        cleaner_(&harness_.store(), &eviction_, &events_,
                 {.hash_seed = StoreHarness::kHashSeed, .evict = evict}) {}

  static std::string Key(std::string_view prefix, int n) { return Numbered(prefix, n); }
  // A sealed segment of its own for `count` items.
  void AddSegment(std::string_view prefix, int count, PutOptions options = {},
                  size_t value_bytes = kValueBytes) {
    harness_.SealAll();
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(harness_.Put(Key(prefix, i), std::string(value_bytes, 'v'), options));
    }
    harness_.SealAll();
  }
  void RemoveSome(std::string_view prefix, int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(harness_.Remove(Key(prefix, i)));
  }
  int Present(std::string_view prefix) const {
    int present = 0;
    for (int i = 0; i < 100; ++i) present += harness_.Has(Key(prefix, i)) ? 1 : 0;
    return present;
  }
  bool Step(Cleaner::Work work) {
    work.now = harness_.now;
    return cleaner_.Step(work, harness_.last_cas());
  }
  // One victim, from choice to end.
  bool CleanOne(Cleaner::Work work = {.bytes = kAll}) {
    const uint64_t before = events_.segments_cleaned;
    while (events_.segments_cleaned == before) {
      if (!Step(work)) return false;
    }
    return true;
  }
  void PassTicks(int count) {
    for (int i = 0; i < count; ++i) {
      eviction_.NoteStored(1, 64, harness_.now, &harness_.store().directory());
    }
  }

  StoreHarness harness_;
  Eviction eviction_;
  CacheStats events_;
  Cleaner cleaner_;
};

TEST_F(CleanerTest, ThereIsNothingToCleanWhereNothingIsSealed) {
  EXPECT_FALSE(CleanOne());
  harness_.Put("key", "value");
  EXPECT_FALSE(CleanOne());
  EXPECT_FALSE(cleaner_.under_way());
  EXPECT_TRUE(harness_.Has("key"));
}

TEST_F(CleanerTest, AnOpenSegmentIsSealedIfThatIsAllowedAndNoOtherIsThere) {
  AddSegment("sealed", 1);
  harness_.Put("open", "value");
  ASSERT_TRUE(CleanOne({.bytes = kAll, .drop_all = true, .may_seal = true}));
  EXPECT_FALSE(harness_.Has("sealed0"));
  EXPECT_TRUE(harness_.Has("open"));
  ASSERT_TRUE(CleanOne({.bytes = kAll, .drop_all = true, .may_seal = true}));
  EXPECT_FALSE(harness_.Has("open"));
  EXPECT_EQ(harness_.log().segment_count(), 0u);
}

TEST_F(CleanerTest, ASegmentInWhichAllHasExpiredGoesFirst) {
  AddSegment("old", kItemsInSegment);
  AddSegment("dead", kItemsInSegment);
  RemoveSome("dead", kItemsInSegment - 1);
  AddSegment("ended", 5, {.expiry = kNow + 10});
  harness_.Find("ended0").item->set_fetched();
  harness_.now = kNow + 10;
  ASSERT_TRUE(cleaner_.MuchIsDead());
  ASSERT_TRUE(CleanOne());
  EXPECT_EQ(Present("ended"), 0);
  EXPECT_EQ(Present("old"), kItemsInSegment);
  EXPECT_EQ(Present("dead"), 1);
  EXPECT_EQ(events_.reclaimed, 5u);
  EXPECT_EQ(events_.expired_unfetched, 4u);
  EXPECT_EQ(events_.evictions, 0u);
  EXPECT_EQ(events_.bytes_moved, 0u);
  EXPECT_EQ(harness_.log().segment_count(), 2u);
}

TEST_F(CleanerTest, ASegmentInWhichOneItemHasNotEndedIsNotWhollyExpired) {
  AddSegment("old", kItemsInSegment);
  AddSegment("mixed", 4, {.expiry = kNow + 10});
  AddSegment("later", 4, {.expiry = kNow + 11});
  harness_.now = kNow + 10;
  ASSERT_TRUE(CleanOne());
  EXPECT_EQ(Present("mixed"), 0);
  EXPECT_EQ(Present("later"), 4);
  EXPECT_EQ(Present("old"), kItemsInSegment);
}

TEST_F(CleanerTest, WhereMuchIsDeadTheSegmentWithMostOfItGoesAndAllThatLivesIsKept) {
  AddSegment("old", kItemsInSegment);
  AddSegment("most", kItemsInSegment, {.expiry = kNow + 100, .stamp = 3});
  AddSegment("some", kItemsInSegment);
  RemoveSome("most", 5);
  RemoveSome("some", 4);
  ASSERT_TRUE(cleaner_.MuchIsDead());
  const uint64_t cas = harness_.store().CasOf(*harness_.Find("most9").item);
  const Item* const place = harness_.Find("most9").item;
  const size_t kept_bytes = place->size_bytes() * (kItemsInSegment - 5);
  ASSERT_TRUE(CleanOne());
  const ItemStore::Found found = harness_.Find("most9");
  ASSERT_NE(found.item, nullptr);
  EXPECT_NE(found.item, place);
  EXPECT_EQ(found.item->value(), std::string(kValueBytes, 'v'));
  EXPECT_EQ(found.item->expiry(), kNow + 100);
  EXPECT_EQ(harness_.store().CasOf(*found.item), cas);
  EXPECT_EQ(StampIn(found.word), 3u);
  EXPECT_EQ(Present("most"), kItemsInSegment - 5);
  EXPECT_EQ(Present("some"), kItemsInSegment - 4);
  EXPECT_EQ(Present("old"), kItemsInSegment);
  EXPECT_EQ(events_.evictions, 0u);
  EXPECT_EQ(events_.segments_cleaned, 1u);
  EXPECT_EQ(events_.bytes_moved, kept_bytes);
}

// Of ten segments, a tenth is the bytes of one.
TEST_F(CleanerTest, LittleThatIsDeadDoesNotSaveTheOldest) {
  for (int i = 0; i < 9; ++i) AddSegment(Key("s", i) + "-", kItemsInSegment);
  AddSegment("young", kItemsInSegment);
  RemoveSome("young", kItemsInSegment - 1);
  ASSERT_FALSE(cleaner_.MuchIsDead());
  RemoveSome("s8-", 2);
  ASSERT_TRUE(cleaner_.MuchIsDead());
  ASSERT_TRUE(CleanOne());
  EXPECT_EQ(Present("young"), 1);
  EXPECT_EQ(events_.evictions, 0u);
  ASSERT_FALSE(cleaner_.MuchIsDead());
  ASSERT_TRUE(CleanOne());
  EXPECT_EQ(Present("s0-"), 0) << "all are as old, so none is kept";
  EXPECT_EQ(events_.evictions, uint64_t{kItemsInSegment});
}

TEST_F(CleanerTest, AQuarterDeadIsCleanedBeforeMoreIsTaken) {
  AddSegment("a", kItemsInSegment);
  AddSegment("b", kItemsInSegment);
  RemoveSome("a", 7);
  EXPECT_FALSE(cleaner_.ShouldCleanFirst());
  RemoveSome("b", 1);
  EXPECT_TRUE(cleaner_.ShouldCleanFirst());
}

TEST_F(CleanerTest, OfTheOldestSegmentWhatWasUsedIsKeptAndTheRestDropped) {
  AddSegment("unused", 4);
  AddSegment("other", kItemsInSegment);
  harness_.Find("unused3").item->set_fetched();
  PassTicks(100);
  AddSegment("young", kItemsInSegment, {.stamp = 50});
  for (int i = 0; i < kItemsInSegment; ++i) {
    const ItemStore::Found found = harness_.Find(Key("other", i));
    Restamp(found.slot, found.word, 50);
  }
  const ItemStore::Found used = harness_.Find("unused0");
  Restamp(used.slot, used.word, eviction_.UsedStamp(StampIn(used.word)));
  const Item* const place = used.item;
  ASSERT_TRUE(CleanOne());
  const ItemStore::Found kept = harness_.Find("unused0");
  ASSERT_NE(kept.item, nullptr);
  EXPECT_NE(kept.item, place);
  EXPECT_EQ(StampIn(kept.word), 100u);
  EXPECT_EQ(Present("unused"), 1);
  EXPECT_EQ(Present("other") + Present("young"), 2 * kItemsInSegment);
  EXPECT_EQ(events_.evictions, 3u);
  EXPECT_EQ(events_.evicted_unfetched, 2u);
  EXPECT_EQ(events_.bytes_moved, kept.item->size_bytes());
}

TEST_F(CleanerTest, DropAllDropsWhatWasUsedToo) {
  AddSegment("old", kItemsInSegment);
  PassTicks(100);
  AddSegment("young", kItemsInSegment);
  for (int i = 0; i < kItemsInSegment; ++i) {
    const ItemStore::Found found = harness_.Find(Key("old", i));
    Restamp(found.slot, found.word, eviction_.UsedStamp(0));
  }
  ASSERT_TRUE(CleanOne({.bytes = kAll, .drop_all = true}));
  EXPECT_EQ(Present("old"), 0);
  EXPECT_EQ(events_.evictions, uint64_t{kItemsInSegment});
  EXPECT_EQ(events_.bytes_moved, 0u);
}

TEST_F(CleanerTest, DropAllKeepsWhatLivesAmongTheDead) {
  AddSegment("dead", kItemsInSegment);
  RemoveSome("dead", 8);
  ASSERT_TRUE(CleanOne({.bytes = kAll, .drop_all = true}));
  EXPECT_EQ(Present("dead"), kItemsInSegment - 8);
  EXPECT_EQ(events_.evictions, 0u);
}

TEST_F(CleanerTest, DropAllMayComeWhenAVictimHasBegun) {
  constexpr int kSmallItems = 100;
  AddSegment("old", kSmallItems, {}, 100);
  PassTicks(100);
  AddSegment("young", kItemsInSegment, {.stamp = 50});
  for (int i = 0; i < kSmallItems; ++i) {
    const ItemStore::Found found = harness_.Find(Key("old", i));
    Restamp(found.slot, found.word, 100);
  }
  // So that what was just used is not among the oldest quarter.
  for (int i = 0; i < 10; ++i) AddSegment(Key("more", i) + "-", kItemsInSegment, {.stamp = 50});
  ASSERT_TRUE(Step({.bytes = 1}));
  ASSERT_TRUE(cleaner_.under_way());
  EXPECT_EQ(events_.evictions, 0u);
  ASSERT_TRUE(CleanOne({.bytes = kAll, .drop_all = true}));
  EXPECT_GT(events_.evictions, 50u);
  EXPECT_EQ(uint64_t{kSmallItems}, events_.evictions + static_cast<uint64_t>(Present("old")));
}

TEST_F(CleanerTest, StepsLookAtAsManyBytesAsTheyAreGiven) {
  constexpr int kItems = 150;
  AddSegment("a", kItems, {}, 80);
  const size_t item_bytes = harness_.Find("a100").item->size_bytes();
  RemoveSome("a", 50);
  int steps = 0;
  uint64_t moved_before = 0;
  do {
    ASSERT_TRUE(Step({.bytes = 20 * item_bytes}));
    EXPECT_EQ(cleaner_.under_way(), events_.segments_cleaned == 0);
    // What is begun is finished: a batch of 16.
    EXPECT_LE(events_.bytes_moved - moved_before, (20 + 16) * item_bytes);
    moved_before = events_.bytes_moved;
    ++steps;
  } while (events_.segments_cleaned == 0);
  EXPECT_GE(steps, kItems / 36);
  EXPECT_LE(steps, kItems / 20 + 1);
  EXPECT_EQ(events_.bytes_moved, 100 * item_bytes);
}

TEST_F(CleanerTest, AStepOfNothingGetsOnAllTheSame) {
  AddSegment("a", kItemsInSegment);
  int steps = 0;
  while (events_.segments_cleaned == 0 && ++steps < 100) ASSERT_TRUE(Step({.bytes = 0}));
  EXPECT_LT(steps, 10);
}

TEST_F(CleanerTest, BetweenStepsItemsMayChangeAndGo) {
  constexpr int kItems = 100;
  AddSegment("a", kItems, {}, 100);
  RemoveSome("a", 20);
  ASSERT_TRUE(Step({.bytes = 1}));
  ASSERT_TRUE(Step({.bytes = 1}));
  ASSERT_TRUE(cleaner_.under_way());
  // Some of these have been kept already, some have not.
  for (int i = 20; i < kItems; i += 3) ASSERT_TRUE(harness_.Put(Key("a", i), "new"));
  for (int i = 21; i < kItems; i += 3) ASSERT_TRUE(harness_.Remove(Key("a", i)));
  ASSERT_TRUE(CleanOne());
  for (int i = 20; i < kItems; ++i) {
    const std::optional<std::string> value = harness_.Value(Key("a", i));
    if (i % 3 == 0) {
      EXPECT_EQ(value, std::nullopt) << i;
    } else {
      EXPECT_EQ(value, i % 3 == 2 ? "new" : std::string(100, 'v')) << i;
    }
  }
}

TEST_F(CleanerTest, AVictimWhoseLastItemGoesBetweenStepsIsStillCleaned) {
  constexpr int kItems = 100;
  AddSegment("a", kItems, {}, 100);
  RemoveSome("a", 20);
  ASSERT_TRUE(Step({.bytes = 1}));
  for (int i = 20; i < kItems; ++i) ASSERT_TRUE(harness_.Remove(Key("a", i)));
  ASSERT_TRUE(cleaner_.under_way());
  ASSERT_TRUE(CleanOne());
  EXPECT_EQ(harness_.log().sealed_count(), 0u);
}

TEST_F(CleanerTest, AStepDropsNoMoreLargeValuesThanItsBytes) {
  harness_.SealAll();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(harness_.Put(Key("a", i), std::string(50'000, 'v'), {.large = true}));
  }
  harness_.SealAll();
  ASSERT_TRUE(Step({.bytes = 1000, .drop_all = true}));
  EXPECT_EQ(events_.evictions, 1u);
  ASSERT_TRUE(Step({.bytes = 110'000, .drop_all = true}));
  EXPECT_LE(events_.evictions, 4u);
  EXPECT_GE(events_.evictions, 3u);
  ASSERT_TRUE(CleanOne({.bytes = size_t{1} << 20, .drop_all = true}));
  EXPECT_EQ(harness_.store().large_bytes(), 0u);
}

TEST_F(CleanerTest, AKeptLargeValueStaysWhereItIs) {
  AddSegment("a", 4);
  ASSERT_TRUE(harness_.Put("large", std::string(50'000, 'v'), {.large = true}));
  AddSegment("b", 1);
  const LargeValue* const value = harness_.Find("large").item->large_value();
  RemoveSome("a", 4);
  ASSERT_TRUE(harness_.Put("x", std::string(kValueBytes, 'x')));
  harness_.Remove("x");
  while (cleaner_.MuchIsDead()) ASSERT_TRUE(CleanOne());
  ASSERT_TRUE(harness_.Has("large"));
  EXPECT_EQ(harness_.Find("large").item->large_value(), value);
  EXPECT_EQ(harness_.store().large_bytes(), harness_.ledger().bytes(MemoryPart::kLargeValues));
}

TEST_F(CleanerTest, ExpiredItemsAreSweptFromSegmentsThatAreNoVictims) {
  AddSegment("old", kItemsInSegment);
  for (int i = 0; i < 20; ++i) AddSegment(Key("s", i) + "-", kItemsInSegment);
  harness_.SealAll();
  for (int i = 0; i < 10; ++i) {
    const CacheSecond expiry = i < 4 ? kNow + 10 : kNow + 1000;
    ASSERT_TRUE(harness_.Put(Key("mixed", i), std::string(kValueBytes, 'v'), {.expiry = expiry}));
  }
  harness_.SealAll();
  const Item* const place = harness_.Find("mixed9").item;
  harness_.now = kNow + 10;
  ASSERT_TRUE(CleanOne());
  EXPECT_EQ(Present("old"), 0) << "the victim";
  EXPECT_EQ(Present("mixed"), 6);
  EXPECT_EQ(harness_.Find("mixed9").item, place);
  EXPECT_EQ(events_.reclaimed, 4u);
}

TEST_F(CleanerTest, WithoutMemoryToKeepThingsTheyAreDropped) {
  AddSegment("a", kItemsInSegment);
  RemoveSome("a", 5);
  harness_.ledger().FailNthChargeForTest(1);
  ASSERT_TRUE(CleanOne());
  EXPECT_EQ(harness_.ledger().FailNthChargeForTest(0), 0u);
  EXPECT_EQ(events_.evictions, 1u) << "the others found memory";
  EXPECT_EQ(Present("a"), 9);
}

TEST_F(CleanerTest, ResetForgetsTheVictimSoThatTheLogMayBeEmptied) {
  AddSegment("a", 100, {}, 100);
  RemoveSome("a", 20);
  ASSERT_TRUE(Step({.bytes = 1}));
  ASSERT_TRUE(cleaner_.under_way());
  cleaner_.Reset();
  harness_.Clear();
  EXPECT_FALSE(cleaner_.under_way());
  EXPECT_FALSE(CleanOne());
  AddSegment("b", kItemsInSegment);
  RemoveSome("b", 10);
  ASSERT_TRUE(CleanOne());
  EXPECT_EQ(Present("b"), kItemsInSegment - 10);
}

// Nothing that is there may be anything but what was stored last, whatever is dropped.
TEST_F(CleanerTest, WhatRemainsIsWhatWasStored) {
  std::mt19937_64 random(TestSeed());
  std::map<std::string, std::string> model;
  uint64_t removed = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = Numbered("k", random() % 400);
    const uint64_t choice = random() % 10;
    if (choice < 6) {
      const std::string value(1 + random() % 900, static_cast<char>('a' + random() % 26));
      if (harness_.Has(key)) ++removed;
      ASSERT_TRUE(harness_.Put(key, value,
                               {.queue = random() % 4 == 0 ? kShortLivedQueue : kLongLivedQueue,
                                .stamp = eviction_.NewStamp(),
                                .large = random() % 30 == 0}));
      model[key] = value;
    } else if (choice == 6) {
      removed += harness_.Remove(key) ? 1 : 0;
    } else {
      Step({.bytes = random() % 4000, .drop_all = random() % 8 == 0, .may_seal = true});
    }
    if (random() % 100 == 0) PassTicks(1);
    // Past what an item can say relative to its segment.
    if (random() % 1000 == 0) harness_.set_last_cas(harness_.last_cas() + (uint64_t{1} << 28));
  }
  uint64_t present = 0;
  for (const auto& [key, value] : model) {
    const std::optional<std::string> found = harness_.Value(key);
    ASSERT_TRUE(!found.has_value() || found == value) << key;
    present += found.has_value() ? 1 : 0;
  }
  EXPECT_EQ(present, harness_.store().directory().size());
  EXPECT_GT(events_.segments_cleaned, 100u);
  EXPECT_GT(events_.evictions, 100u);
}

// As with -M: nothing live may go.
class KeepingCleanerTest : public CleanerTest {
 protected:
  KeepingCleanerTest() : CleanerTest(/*evict=*/false) {}
};

TEST_F(KeepingCleanerTest, DropsNothingThatLives) {
  AddSegment("a", kItemsInSegment);
  AddSegment("b", kItemsInSegment);
  PassTicks(200);
  const Cleaner::Work work{.bytes = kAll, .drop_all = true, .may_seal = true};
  EXPECT_FALSE(CleanOne(work));
  RemoveSome("b", 10);
  EXPECT_TRUE(CleanOne(work));
  EXPECT_FALSE(CleanOne(work)) << "nothing is dead any more";
  EXPECT_EQ(Present("a"), kItemsInSegment);
  EXPECT_EQ(Present("b"), kItemsInSegment - 10);
  EXPECT_EQ(events_.evictions, 0u);
}

TEST_F(KeepingCleanerTest, A256thOfASegmentIsWorthCleaning) {
  AddSegment("a", 200, {}, 44);
  const size_t item_bytes = harness_.Find("a150").item->size_bytes();
  ASSERT_LT(item_bytes, kSegmentBytes / 256);
  RemoveSome("a", 1);
  EXPECT_FALSE(CleanOne());
  ASSERT_TRUE(harness_.Remove("a1"));
  EXPECT_TRUE(CleanOne());
  EXPECT_EQ(harness_.log().dead_bytes(), 0u);
}

TEST_F(KeepingCleanerTest, WithoutMemoryToKeepThingsItStopsAndLosesNothing) {
  AddSegment("a", kItemsInSegment);
  RemoveSome("a", 5);
  harness_.ledger().FailNthChargeForTest(1);
  EXPECT_FALSE(Step({.bytes = kAll}));
  EXPECT_EQ(harness_.ledger().FailNthChargeForTest(0), 0u);
  EXPECT_FALSE(cleaner_.under_way());
  EXPECT_EQ(Present("a"), 10);
  EXPECT_TRUE(CleanOne());
  EXPECT_EQ(Present("a"), 10);
  EXPECT_EQ(events_.evictions, 0u);
}

// Items of 20 bytes that start at multiples of 8: a sixth of the segment is gaps, and would be
// again after any cleaning.
TEST_F(KeepingCleanerTest, GapsBetweenItemsAreNotWorthCleaning) {
  for (int i = 1000; i < 2000; ++i) ASSERT_TRUE(harness_.Put(Key("", i), "v", {.large = true}));
  harness_.SealAll();
  EXPECT_EQ(harness_.Find("1000").item->size_bytes() % 8, 4u);
  EXPECT_EQ(harness_.log().dead_bytes(), 0u);
  EXPECT_FALSE(cleaner_.MuchIsDead());
  EXPECT_FALSE(CleanOne());
}

// With a hundredth of a segment, 163 bytes, let pass: a sweep is due at a segment's first expiry,
// and after it when more than that will have expired.
TEST_F(KeepingCleanerTest, ASweepIsDueWhenAHundredthMayHaveExpired) {
  harness_.SealAll();
  const std::string small(20, 'v');
  ASSERT_TRUE(harness_.Put("first", small, {.expiry = kNow + 100}));
  ASSERT_TRUE(harness_.Put("second", small, {.expiry = kNow + 200}));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(harness_.Put(Key("k", i), std::string(500, 'v'), {.expiry = kNow + 1000}));
  }
  ASSERT_TRUE(harness_.Put("forever", small));
  harness_.SealAll();
  const auto reclaimed_at = [this](CacheSecond now) {
    harness_.now = now;
    Step({.bytes = kAll});
    return events_.reclaimed;
  };
  EXPECT_EQ(reclaimed_at(kNow + 99), 0u);
  EXPECT_EQ(reclaimed_at(kNow + 100), 1u);
  EXPECT_EQ(reclaimed_at(kNow + 200), 1u) << "less than a hundredth";
  EXPECT_EQ(reclaimed_at(kNow + 999), 1u);
  EXPECT_EQ(reclaimed_at(kNow + 1000), 7u);
  EXPECT_TRUE(harness_.Has("forever"));
}

TEST_F(KeepingCleanerTest, AtMostSixteenSegmentsAreSweptForAVictim) {
  for (int i = 0; i < 20; ++i) {
    harness_.SealAll();
    ASSERT_TRUE(harness_.Put(Key("ends", i), std::string(20, 'v'), {.expiry = kNow + 10}));
    ASSERT_TRUE(harness_.Put(Key("stays", i), std::string(20, 'v')));
  }
  harness_.SealAll();
  harness_.now = kNow + 10;
  EXPECT_FALSE(Step({.bytes = kAll}));
  EXPECT_EQ(events_.reclaimed, 16u);
  EXPECT_FALSE(Step({.bytes = kAll}));
  EXPECT_EQ(events_.reclaimed, 20u);
  EXPECT_EQ(Present("stays"), 20);
}

TEST_F(KeepingCleanerTest, ASegmentThatASweepEmptiesIsFree) {
  AddSegment("stays", 5);
  AddSegment("ends", 5, {.expiry = kNow + 10});
  // The segment keeps its latest expiry, so that it is not known as wholly expired.
  ASSERT_TRUE(harness_.Put("last", "v"));
  Segment* const segment = harness_.store().SegmentOf(*harness_.Find("ends0").item);
  segment->RaiseLatestExpiry(kNow + 1000);
  harness_.now = kNow + 10;
  const size_t segments = harness_.log().segment_count();
  EXPECT_FALSE(Step({.bytes = kAll}));
  EXPECT_EQ(Present("ends"), 0);
  EXPECT_EQ(harness_.log().segment_count(), segments - 1);
}

TEST_F(KeepingCleanerTest, EverythingIsThereWhateverIsCleaned) {
  std::mt19937_64 random(TestSeed());
  std::map<std::string, std::string> model;
  std::map<std::string, uint64_t> numbers;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = Numbered("k", random() % 400);
    const uint64_t choice = random() % 10;
    if (choice < 6) {
      const std::string value(1 + random() % 900, static_cast<char>('a' + random() % 26));
      ASSERT_TRUE(harness_.Put(key, value, {.large = random() % 30 == 0}));
      model[key] = value;
      numbers[key] = harness_.store().CasOf(*harness_.Find(key).item);
    } else if (choice == 6) {
      EXPECT_EQ(harness_.Remove(key), model.erase(key) == 1);
    } else {
      Step({.bytes = random() % 4000, .drop_all = true, .may_seal = true});
    }
    if (random() % 1000 == 0) harness_.set_last_cas(harness_.last_cas() + (uint64_t{1} << 28));
  }
  EXPECT_EQ(harness_.store().directory().size(), model.size());
  for (const auto& [key, value] : model) {
    ASSERT_EQ(harness_.Value(key), value) << key;
    ASSERT_EQ(harness_.store().CasOf(*harness_.Find(key).item), numbers[key]) << key;
  }
  EXPECT_GT(events_.segments_cleaned, 100u);
}

class S3FifoCleanerTest : public CleanerTest {
 protected:
  S3FifoCleanerTest() : CleanerTest(/*evict=*/true, EvictionPolicy::kS3Fifo) {}
  uint64_t FilterKey(std::string_view key) {
    return harness_.store().directory().FilterKey(harness_.RangeOf(key));
  }
  void Use(std::string_view key, int times) {
    for (int i = 0; i < times; ++i) {
      const ItemStore::Found found = harness_.Find(key);
      Restamp(found.slot, found.word, eviction_.UsedStamp(StampIn(found.word)));
    }
  }
  LogQueue QueueOf(std::string_view key) {
    return static_cast<LogQueue>(harness_.store().SegmentOf(*harness_.Find(key).item)->queue);
  }
};

TEST_F(S3FifoCleanerTest, OfTheSmallQueueWhatWasUsedTwiceMovesUpAndTheRestIsRemembered) {
  AddSegment("a", 3, {.queue = kSmallQueue});
  Use("a1", 1);
  Use("a2", 2);
  ASSERT_TRUE(CleanOne());
  EXPECT_EQ(Present("a"), 1);
  ASSERT_TRUE(harness_.Has("a2"));
  EXPECT_EQ(QueueOf("a2"), kMainQueue);
  EXPECT_EQ(StampIn(harness_.Find("a2").word), 0u);
  EXPECT_EQ(eviction_.QueueFor(FilterKey("a0"), kNeverExpires, kNow), kMainQueue);
  EXPECT_EQ(eviction_.QueueFor(FilterKey("a1"), kNeverExpires, kNow), kMainQueue);
  EXPECT_EQ(eviction_.QueueFor(FilterKey("other"), kNeverExpires, kNow), kSmallQueue);
}

TEST_F(S3FifoCleanerTest, OfTheMainQueueWhatWasUsedStaysAndTheRestIsForgotten) {
  AddSegment("a", 3, {.queue = kMainQueue});
  Use("a1", 1);
  Use("a2", 3);
  ASSERT_TRUE(CleanOne());
  EXPECT_EQ(Present("a"), 2);
  EXPECT_EQ(StampIn(harness_.Find("a1").word), 0u);
  EXPECT_EQ(StampIn(harness_.Find("a2").word), 2u);
  EXPECT_EQ(QueueOf("a2"), kMainQueue);
  EXPECT_EQ(eviction_.QueueFor(FilterKey("a0"), kNeverExpires, kNow), kSmallQueue);
}

TEST_F(S3FifoCleanerTest, AmongTheDeadEverythingStaysInItsQueueWithItsUses) {
  AddSegment("a", kItemsInSegment, {.queue = kSmallQueue});
  RemoveSome("a", 8);
  Use("a9", 2);
  ASSERT_TRUE(CleanOne());
  EXPECT_EQ(Present("a"), kItemsInSegment - 8);
  EXPECT_EQ(QueueOf("a9"), kSmallQueue);
  EXPECT_EQ(StampIn(harness_.Find("a9").word), 2u);
  EXPECT_EQ(StampIn(harness_.Find("a10").word), 0u);
}

}  // namespace
}  // namespace ringcached::storage
