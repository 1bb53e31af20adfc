// The log of a shard, and the numbers that it gives to what is stored.

#include "storage/segment_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kSegmentBytes = size_t{16} << 10;
constexpr CasNumbering kNumbering{.shard_bits = 3, .shard = 5};
constexpr size_t kHeaderBytes = 8;
// A key of 4 bytes and no value.
constexpr size_t kLeastItemBytes = kHeaderBytes + 4;
constexpr uint64_t kFarCounter = uint64_t{1} << kItemCasBits;

TEST(CasNumbering, NumbersAscendWithinAShardAndNoTwoShardsGiveTheSame) {
  std::set<uint64_t> given;
  for (uint64_t shard = 0; shard < 8; ++shard) {
    const CasNumbering numbering{.shard_bits = 3, .shard = shard};
    uint64_t before = 0;
    for (uint64_t counter = 1; counter < 100; ++counter) {
      const uint64_t number = numbering.Number(counter);
      EXPECT_GT(number, before);
      EXPECT_TRUE(given.insert(number).second);
      before = number;
    }
  }
}

TEST(CasNumbering, AShardKnowsItsOwnNumbersAndTheirCounters) {
  const CasNumbering other{.shard_bits = 3, .shard = 4};
  for (const uint64_t counter : {uint64_t{1}, kFarCounter, (uint64_t{1} << 61) - 1}) {
    const uint64_t number = kNumbering.Number(counter);
    EXPECT_TRUE(kNumbering.Has(number));
    EXPECT_EQ(kNumbering.Counter(number), counter);
    EXPECT_FALSE(other.Has(number));
    EXPECT_FALSE(kNumbering.Has(number + 1));
  }
}

TEST(CasNumbering, AShardAloneHasAllNumbers) {
  const CasNumbering alone;
  for (const uint64_t number : {uint64_t{0}, uint64_t{77}, ~uint64_t{0}}) {
    EXPECT_TRUE(alone.Has(number));
    EXPECT_EQ(alone.Number(number), number);
    EXPECT_EQ(alone.Counter(number), number);
  }
}

class SegmentLogTest : public testing::Test {
 protected:
  SegmentLogTest()
      : ledger_(64 * kSegmentBytes), pool_(&ledger_, kSegmentBytes), log_(&pool_, kNumbering) {
    EXPECT_TRUE(pool_.Init(ledger_.limit_bytes()));
  }
  ~SegmentLogTest() override { log_.RetireAll(); }

  Segment* Open(LogQueue queue, uint64_t cas_counter = 0, CacheSecond now = kNow) {
    Segment* const segment = pool_.Take(/*beyond_budget=*/false);
    log_.Open(queue, segment, cas_counter, now);
    return segment;
  }
  // With a key of 4 bytes, and a value for the rest of so many.
  ItemSpec SpecOfBytes(size_t item_bytes) {
    return {.key = "key4",
            .cas = kNumbering.Number(0),
            .value = std::string_view(text_).substr(0, item_bytes - kLeastItemBytes)};
  }
  Item* Append(LogQueue queue, size_t item_bytes) {
    ItemSpec spec = SpecOfBytes(item_bytes);
    EXPECT_TRUE(log_.Fits(queue, &spec));
    return log_.Append(queue, spec);
  }
  ItemSpec NumberSpec() {
    ItemSpec spec = SpecOfBytes(kLeastItemBytes);
    spec.numeric = true;
    spec.number_width = 1;
    return spec;
  }
  std::vector<const Item*> ItemsIn(const Segment& segment) {
    std::vector<const Item*> items;
    log_.Walk(segment, 0, [&](const Item* item) {
      items.push_back(item);
      return true;
    });
    return items;
  }

  const std::string text_ = std::string(kSegmentBytes, 'v');
  MemoryLedger ledger_;
  SegmentPool pool_;
  SegmentLog log_;
};

TEST_F(SegmentLogTest, NothingFitsWithoutAnOpenSegment) {
  ItemSpec spec = SpecOfBytes(kLeastItemBytes);
  EXPECT_FALSE(log_.Fits(kLongLivedQueue, &spec));
  Open(kShortLivedQueue);
  EXPECT_FALSE(log_.Fits(kLongLivedQueue, &spec));
  EXPECT_TRUE(log_.Fits(kShortLivedQueue, &spec));
  log_.Seal(kShortLivedQueue);
  EXPECT_FALSE(log_.Fits(kShortLivedQueue, &spec));
}

TEST_F(SegmentLogTest, ASegmentIsFilledToItsLastByteAndNoFurther) {
  const Segment* const segment = Open(kLongLivedQueue);
  Append(kLongLivedQueue, kSegmentBytes - 64);
  ItemSpec too_large = SpecOfBytes(68);
  EXPECT_FALSE(log_.Fits(kLongLivedQueue, &too_large));
  Append(kLongLivedQueue, 64);
  EXPECT_EQ(segment->used_bytes, kSegmentBytes);
  ItemSpec least = SpecOfBytes(kLeastItemBytes);
  EXPECT_FALSE(log_.Fits(kLongLivedQueue, &least));
}

TEST_F(SegmentLogTest, TheGapBeforeAnAlignedItemCountsWhetherThatFits) {
  const Segment* const segment = Open(kLongLivedQueue);
  ItemSpec number = NumberSpec();
  const size_t number_bytes = Item::SizeBytes(number);
  ASSERT_EQ(number_bytes % 8, 4u);
  Append(kLongLivedQueue, kSegmentBytes - number_bytes);
  ASSERT_EQ(segment->used_bytes % 8, 4u);
  EXPECT_FALSE(log_.Fits(kLongLivedQueue, &number));
  Append(kLongLivedQueue, number_bytes);
}

TEST_F(SegmentLogTest, AWalkSkipsTheGapBeforeAnAlignedItem) {
  const Segment* const segment = Open(kLongLivedQueue);
  // What lay in the segment before must not be taken for an item.
  std::fill_n(pool_.BytesOf(segment), kSegmentBytes, '\xff');
  const Item* const first = Append(kLongLivedQueue, kLeastItemBytes);
  ItemSpec number = NumberSpec();
  ASSERT_TRUE(log_.Fits(kLongLivedQueue, &number));
  const Item* const second = log_.Append(kLongLivedQueue, number);
  const Item* const third = Append(kLongLivedQueue, kLeastItemBytes);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(second) % 8, 0u);
  EXPECT_EQ(ItemsIn(*segment), (std::vector<const Item*>{first, second, third}));
  EXPECT_EQ(segment->dead_bytes(), 0u) << "a gap is not dead";
}

TEST_F(SegmentLogTest, AWalkVisitsTheDeadTooStopsWhereToldAndGoesOnFromThere) {
  const Segment* const segment = Open(kLongLivedQueue);
  std::vector<const Item*> items;
  for (size_t i = 0; i < 5; ++i) items.push_back(Append(kLongLivedQueue, 16 + 4 * i));
  log_.NoteDead(*items[1]);
  std::vector<const Item*> visited;
  const size_t stop = log_.Walk(*segment, 0, [&](const Item* item) {
    if (visited.size() == 2) return false;
    visited.push_back(item);
    return true;
  });
  EXPECT_EQ(stop, 16u + 20u);
  const size_t end = log_.Walk(*segment, stop, [&](const Item* item) {
    visited.push_back(item);
    return true;
  });
  EXPECT_EQ(visited, items);
  EXPECT_EQ(end, segment->used_bytes);
}

TEST_F(SegmentLogTest, EveryItemGivesItsCasNumberBack) {
  constexpr uint64_t kBase = 5 * kFarCounter;
  Open(kLongLivedQueue, kBase);
  for (const uint64_t cas :
       {kNumbering.Number(kBase), kNumbering.Number(kBase + 1), kNumbering.Number(kBase - 1),
        kNumbering.Number(kBase + kFarCounter), kNumbering.Number(1), uint64_t{1}, ~uint64_t{0}}) {
    ItemSpec spec = SpecOfBytes(kLeastItemBytes);
    spec.cas = cas;
    ASSERT_TRUE(log_.Fits(kLongLivedQueue, &spec));
    EXPECT_EQ(log_.CasOf(*log_.Append(kLongLivedQueue, spec)), cas);
  }
}

TEST_F(SegmentLogTest, WhatAnItemHasToSayOfItsCasFollowsTheSegmentThatIsOpen) {
  ItemSpec spec = SpecOfBytes(kLeastItemBytes);
  spec.cas = kNumbering.Number(7);
  Open(kLongLivedQueue, 7 + kFarCounter);
  ASSERT_TRUE(log_.Fits(kLongLivedQueue, &spec));
  EXPECT_TRUE(spec.whole_cas);
  Open(kLongLivedQueue, 7);
  ASSERT_TRUE(log_.Fits(kLongLivedQueue, &spec));
  EXPECT_FALSE(spec.whole_cas);
  EXPECT_EQ(spec.cas_tail, 7u);
  EXPECT_EQ(log_.CasOf(*log_.Append(kLongLivedQueue, spec)), spec.cas);
}

TEST_F(SegmentLogTest, OpeningSealsWhatWasOpenInThatQueueAlone) {
  Segment* const first = Open(kLongLivedQueue, 11, kNow);
  Append(kLongLivedQueue, 64);
  Segment* const other = Open(kShortLivedQueue, 12, kNow + 1);
  EXPECT_TRUE(log_.is_open(first));
  EXPECT_EQ(log_.sealed_count(), 0u);
  Segment* const second = Open(kLongLivedQueue, 13, kNow + 2);
  EXPECT_FALSE(log_.is_open(first));
  EXPECT_TRUE(log_.is_open(other));
  EXPECT_EQ(log_.open(kLongLivedQueue), second);
  EXPECT_EQ(log_.sealed(kLongLivedQueue).oldest(), first);
  EXPECT_EQ(log_.sealed(kShortLivedQueue).oldest(), nullptr);
  EXPECT_EQ(second->cas_base, 13u);
  EXPECT_EQ(second->opened_at, kNow + 2);
  EXPECT_EQ(other->queue, kShortLivedQueue);
}

TEST_F(SegmentLogTest, SealedSegmentsAreInTheOrderInWhichTheyWereSealed) {
  EXPECT_EQ(log_.Oldest(), nullptr);
  std::vector<Segment*> opened;
  for (const LogQueue queue : {kShortLivedQueue, kLongLivedQueue, kLongLivedQueue, kShortLivedQueue,
                               kLongLivedQueue, kShortLivedQueue}) {
    opened.push_back(Open(queue));
    Append(queue, 64);
  }
  const SegmentList& sealed = log_.sealed(kLongLivedQueue);
  ASSERT_EQ(sealed.size(), 2u);
  EXPECT_EQ(sealed.oldest(), opened[1]);
  EXPECT_EQ(sealed.oldest()->newer, opened[2]);
  // Over both queues the order is that of sealing, not of opening.
  for (const size_t oldest : {size_t{1}, size_t{0}, size_t{2}, size_t{3}}) {
    ASSERT_EQ(log_.Oldest(), opened[oldest]);
    log_.Retire(opened[oldest]);
  }
  EXPECT_EQ(log_.Oldest(), nullptr);
}

TEST_F(SegmentLogTest, DeadBytesAreThoseOfSealedSegments) {
  Segment* const segment = Open(kLongLivedQueue);
  const Item* const first = Append(kLongLivedQueue, 64);
  const Item* const second = Append(kLongLivedQueue, 32);
  Append(kLongLivedQueue, 16);
  EXPECT_EQ(log_.live_bytes(), 112u);
  EXPECT_EQ(log_.NoteDead(*first), segment);
  EXPECT_EQ(log_.live_bytes(), 48u);
  EXPECT_EQ(log_.dead_bytes(), 0u);
  log_.Seal(kLongLivedQueue);
  EXPECT_EQ(log_.dead_bytes(), 64u);
  log_.NoteDead(*second);
  EXPECT_EQ(log_.dead_bytes(), 96u);
  EXPECT_EQ(log_.live_bytes(), 16u);
  EXPECT_EQ(segment->live_items, 1u);
}

TEST_F(SegmentLogTest, CountsItsSegmentsByQueue) {
  for (int i = 0; i < 3; ++i) {
    Open(kLongLivedQueue);
    Append(kLongLivedQueue, 64);
  }
  Open(kShortLivedQueue);
  EXPECT_EQ(log_.segment_count(), 4u);
  EXPECT_EQ(log_.sealed_count(), 2u);
  EXPECT_EQ(log_.total_bytes(), 4 * kSegmentBytes);
  EXPECT_EQ(log_.sealed_bytes(), 2 * kSegmentBytes);
  EXPECT_EQ(log_.queue_bytes(kLongLivedQueue), 3 * kSegmentBytes);
  EXPECT_EQ(log_.queue_bytes(kShortLivedQueue), kSegmentBytes);
}

TEST_F(SegmentLogTest, RetiringTakesWhatLivesInASegmentOutOfTheCounts) {
  Segment* const sealed = Open(kLongLivedQueue);
  const Item* const dead = Append(kLongLivedQueue, 64);
  Append(kLongLivedQueue, 32);
  Segment* const open = Open(kLongLivedQueue);
  Append(kLongLivedQueue, 16);
  log_.NoteDead(*dead);
  log_.Retire(sealed);
  EXPECT_EQ(log_.live_bytes(), 16u);
  EXPECT_EQ(log_.dead_bytes(), 0u);
  EXPECT_EQ(pool_.free_segments(), 1u);
  log_.Retire(open);
  EXPECT_EQ(log_.live_bytes(), 0u);
  EXPECT_EQ(log_.segment_count(), 0u);
  EXPECT_EQ(log_.open(kLongLivedQueue), nullptr);
  EXPECT_EQ(pool_.free_segments(), 2u);
}

TEST_F(SegmentLogTest, ASegmentWithoutLivingItemsIsFreeAsSoonAsItIsSealed) {
  Open(kLongLivedQueue);
  log_.NoteDead(*Append(kLongLivedQueue, 64));
  EXPECT_EQ(log_.segment_count(), 1u) << "it may still be written to";
  Segment* const second = Open(kLongLivedQueue);
  EXPECT_EQ(log_.segment_count(), 1u);
  EXPECT_EQ(log_.sealed_count(), 0u);
  EXPECT_EQ(pool_.free_segments(), 1u);
  EXPECT_EQ(log_.dead_bytes(), 0u);
  EXPECT_EQ(log_.open(kLongLivedQueue), second);
  log_.Seal(kLongLivedQueue);
  EXPECT_EQ(log_.segment_count(), 0u);
  EXPECT_EQ(pool_.free_segments(), 2u);
}

TEST_F(SegmentLogTest, RetiringAllLeavesNothingButWhatIsHeldElsewhere) {
  for (int i = 0; i < 6; ++i) {
    const LogQueue queue = i % 2 == 0 ? kLongLivedQueue : kShortLivedQueue;
    Open(queue);
    Append(queue, 64);
  }
  Segment* const pinned = log_.Oldest();
  pinned->holds.fetch_add(1);
  log_.RetireAll();
  EXPECT_EQ(log_.segment_count(), 0u);
  EXPECT_EQ(log_.sealed_count(), 0u);
  EXPECT_EQ(log_.live_bytes(), 0u);
  EXPECT_EQ(log_.dead_bytes(), 0u);
  EXPECT_EQ(pool_.free_segments(), 5u);
  pool_.Drop(pinned);
  EXPECT_EQ(pool_.free_segments(), 6u);
}

TEST_F(SegmentLogTest, TheCountsAreThoseOfTheItems) {
  std::mt19937_64 random(TestSeed());
  std::vector<const Item*> living;
  size_t live_bytes = 0;
  for (int i = 0; i < 3000; ++i) {
    const auto queue = static_cast<LogQueue>(random() % kLogQueues);
    ItemSpec spec = random() % 4 == 0 ? NumberSpec() : SpecOfBytes(16 + 4 * (random() % 64));
    if (!log_.Fits(queue, &spec)) Open(queue);
    ASSERT_TRUE(log_.Fits(queue, &spec));
    living.push_back(log_.Append(queue, spec));
    live_bytes += Item::SizeBytes(spec);
    if (random() % 3 != 0) continue;
    std::swap(living[random() % living.size()], living.back());
    live_bytes -= living.back()->size_bytes();
    log_.NoteDead(*living.back());
    living.pop_back();
  }
  EXPECT_EQ(log_.live_bytes(), live_bytes);
  size_t dead_bytes = 0;
  for (const LogQueue queue : {kLongLivedQueue, kShortLivedQueue}) {
    for (const Segment* s = log_.sealed(queue).oldest(); s != nullptr; s = s->newer) {
      dead_bytes += s->dead_bytes();
    }
  }
  EXPECT_GT(log_.sealed_count(), 10u);
  EXPECT_EQ(log_.dead_bytes(), dead_bytes);
}

}  // namespace
}  // namespace ringcached::storage
