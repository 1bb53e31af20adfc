#include "storage/index_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <unordered_map>
#include <vector>

#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = size_t{64} << 20;
constexpr unsigned kRangeBits = 26;
constexpr size_t kLeastBuckets = size_t{1} << (kRangeBits - kTagBits);
// The last is that of two blocks, of which the second is the larger one.
constexpr size_t kSizes[] = {kLeastBuckets, kLeastBuckets * 5 / 4, kLeastBuckets * 3 / 2,
                             kLeastBuckets * 7 / 4, kLeastBuckets * 5};
constexpr size_t kTwoBlocks = kLeastBuckets * 5;

class IndexTableTest : public testing::Test {
 protected:
  IndexTableTest() : ledger_(kLimitBytes), random_(TestSeed()) {}

  void Create(size_t bucket_count) {
    model_.clear();
    table_ = IndexTable::Create(&ledger_, bucket_count, kRangeBits);
    ASSERT_NE(table_, nullptr);
  }
  Range RandomRange() { return random_() >> (64 - kRangeBits); }
  Range RandomRangeOfBlock(size_t block) {
    for (;;) {
      const Range range = RandomRange();
      if (table_->BlockOf(range) == block) return range;
    }
  }
  static SlotWord WordFor(Range range, Location location) {
    return MakeSlot(TagOf(range), static_cast<Stamp>(location * 7), location);
  }
  bool Place(Range range) {
    if (!table_->Place(range, WordFor(range, last_location_ + 1))) return false;
    model_[++last_location_] = range;
    return true;
  }
  // Until one is refused.
  void Fill() {
    while (Place(RandomRange())) {
    }
  }
  Slot* Find(Range range, Location location) const {
    SlotWord word = 0;
    Slot* const slot =
        table_->Find(range, &word, [&](Location found) { return found == location; });
    if (slot == nullptr) return nullptr;
    EXPECT_EQ(word, slot->load());
    EXPECT_EQ(word & ~kDisplacedMask, WordFor(range, location));
    return slot;
  }
  void EraseAny() {
    const auto any = std::next(model_.begin(), static_cast<ptrdiff_t>(random_() % 16));
    Slot* const slot = Find(any->second, any->first);
    ASSERT_NE(slot, nullptr);
    table_->Erase(any->second, slot);
    EXPECT_EQ(Find(any->second, any->first), nullptr);
    model_.erase(any);
  }
  void ExpectAll() const {
    for (const auto& [location, range] : model_) ASSERT_NE(Find(range, location), nullptr);
  }
  size_t CountInBlock(size_t block) const {
    size_t count = 0;
    table_->ForEachInBlock(block, [&](Range, SlotWord) { ++count; });
    return count;
  }
  size_t index_bytes() const { return ledger_.bytes(MemoryPart::kIndex); }

  MemoryLedger ledger_;
  std::mt19937_64 random_;
  std::unique_ptr<IndexTable> table_;
  std::unordered_map<Location, Range> model_;
  Location last_location_ = 0;
};

TEST_F(IndexTableTest, IsRefusedWithoutMemory) {
  ledger_.FailNthChargeForTest(1);
  EXPECT_EQ(IndexTable::Create(&ledger_, kLeastBuckets, kRangeBits), nullptr);
  // More than there are addresses.
  EXPECT_EQ(IndexTable::Create(&ledger_, size_t{1} << 44, 20), nullptr);
  EXPECT_EQ(index_bytes(), 0u);
}

TEST_F(IndexTableTest, SaysItsSizes) {
  Create(kTwoBlocks);
  EXPECT_EQ(table_->bucket_count(), kTwoBlocks);
  EXPECT_EQ(table_->slot_count(), kTwoBlocks * kSlotsPerBucket);
  EXPECT_EQ(table_->block_count(), kTwoBlocks / kBlockBuckets);
  EXPECT_EQ(table_->bytes(), kTwoBlocks * kCacheLineBytes);
  Create(kLeastBuckets);
  EXPECT_EQ(table_->block_count(), 1u);
}

TEST_F(IndexTableTest, TheOrderOfHomesIsThatOfRanges) {
  for (const size_t buckets : kSizes) {
    Create(buckets);
    EXPECT_EQ(table_->HomeOf(0), 0u);
    EXPECT_EQ(table_->HomeOf((Range{1} << kRangeBits) - 1), buckets - 1);
    size_t before = 0;
    std::set<size_t> homes;
    for (Range range = 0; range < Range{1} << kRangeBits; range += 1000) {
      const size_t home = table_->HomeOf(range);
      ASSERT_GE(home, before);
      ASSERT_LT(home, buckets);
      homes.insert(home);
      before = home;
    }
    EXPECT_EQ(homes.size(), buckets) << "each is the home of some";
  }
}

TEST_F(IndexTableTest, HoldsWhatIsPlacedUntilItIsErasedWhateverItsSize) {
  for (const size_t buckets : kSizes) {
    Create(buckets);
    Fill();
    EXPECT_GT(model_.size() * 100, table_->slot_count() * 92) << buckets;
    ExpectAll();
    if (HasFatalFailure()) return;
    EXPECT_EQ(Find(RandomRange(), last_location_ + 1), nullptr);
    while (model_.size() > 16) EraseAny();
    ExpectAll();
    Fill();
    EXPECT_GT(model_.size() * 100, table_->slot_count() * 92) << buckets;
  }
}

TEST_F(IndexTableTest, FollowsTheModelWhileItIsNearlyFull) {
  Create(kTwoBlocks);
  Fill();
  for (int i = 0; i < 100'000 && !HasFatalFailure(); ++i) {
    if (random_() % 2 == 0) {
      EraseAny();
    } else {
      Place(RandomRange());
    }
    if (i % 10'000 == 0) ExpectAll();
  }
  ExpectAll();
  while (model_.size() > 16 && !HasFatalFailure()) EraseAny();
  EXPECT_EQ(CountInBlock(0) + CountInBlock(1), 16u);
}

TEST_F(IndexTableTest, ABlockGivesEveryRangeAndWordBack) {
  for (const size_t buckets : kSizes) {
    Create(buckets);
    Fill();
    std::map<Location, Range> seen;
    for (size_t block = 0; block < table_->block_count(); ++block) {
      table_->ForEachInBlock(block, [&](Range range, SlotWord word) {
        EXPECT_EQ(table_->BlockOf(range), block);
        EXPECT_EQ(word, WordFor(range, LocationIn(word)));
        EXPECT_TRUE(seen.emplace(LocationIn(word), range).second);
      });
    }
    EXPECT_EQ(seen, (std::map<Location, Range>(model_.begin(), model_.end()))) << buckets;
  }
}

TEST_F(IndexTableTest, BucketByBucketComesEverySlotOnce) {
  Create(kTwoBlocks);
  Fill();
  std::set<Location> words;
  std::set<Location> slots;
  for (size_t bucket = 0; bucket < table_->bucket_count(); ++bucket) {
    table_->ForEachInBucket(
        bucket, [&](SlotWord word) { EXPECT_TRUE(words.insert(LocationIn(word)).second); });
    table_->ForEachSlotOfBucket(
        bucket, [&](Slot* slot) { EXPECT_TRUE(slots.insert(LocationIn(slot->load())).second); });
  }
  EXPECT_EQ(words.size(), model_.size());
  EXPECT_EQ(slots, words);
}

// A home and an alternate are two buckets for it, and no move makes a third.
TEST_F(IndexTableTest, OneRangeHasTheRoomOfTwoBuckets) {
  for (const size_t buckets : {size_t{2}, size_t{3}, kLeastBuckets}) {
    table_ = IndexTable::Create(&ledger_, buckets, kTagBits + (buckets > 3 ? 8 : 1));
    ASSERT_NE(table_, nullptr);
    model_.clear();
    for (size_t i = 0; i < 2 * kSlotsPerBucket; ++i) ASSERT_TRUE(Place(77)) << buckets;
    EXPECT_FALSE(Place(77)) << buckets;
    ExpectAll();
    EXPECT_EQ(CountInBlock(0), 2 * kSlotsPerBucket);
    const auto [location, range] = *model_.begin();
    table_->Erase(range, Find(range, location));
    model_.erase(location);
    EXPECT_TRUE(Place(77)) << buckets;
    ExpectAll();
  }
}

// Seven of one home with an alternate each, then as many of one range as its two buckets have room
// for: each of the seven must make way.
TEST_F(IndexTableTest, WhatIsInTheWayMovesToItsAlternate) {
  Create(kLeastBuckets);
  constexpr Range kOneRange = 77;
  for (size_t i = 1; i <= kSlotsPerBucket; ++i) {
    const Range range = kOneRange + 1000 * i;
    ASSERT_EQ(table_->HomeOf(range), table_->HomeOf(kOneRange));
    ASSERT_TRUE(Place(range));
  }
  for (size_t i = 0; i < 2 * kSlotsPerBucket; ++i) ASSERT_TRUE(Place(kOneRange)) << i;
  EXPECT_FALSE(Place(kOneRange));
  ExpectAll();
  EXPECT_EQ(CountInBlock(0), 3 * kSlotsPerBucket);
}

TEST_F(IndexTableTest, ABlockTakesNoneOfAnothersSlots) {
  for (const size_t full : {size_t{0}, size_t{1}}) {
    Create(kTwoBlocks);
    while (Place(RandomRangeOfBlock(full))) {
    }
    EXPECT_EQ(CountInBlock(full), model_.size());
    EXPECT_EQ(CountInBlock(1 - full), 0u);
    const size_t buckets = full == 0 ? kBlockBuckets : kTwoBlocks - kBlockBuckets;
    EXPECT_GT(model_.size() * 100, buckets * kSlotsPerBucket * 92);
  }
}

TEST_F(IndexTableTest, ADiscardedBlockIsForgottenAndTheOtherIsNot) {
  Create(kTwoBlocks);
  Fill();
  for (auto it = model_.begin(); it != model_.end();) {
    it = table_->BlockOf(it->second) == 0 ? model_.erase(it) : std::next(it);
  }
  table_->DiscardBlock(0);
  EXPECT_EQ(CountInBlock(0), 0u);
  EXPECT_EQ(CountInBlock(1), model_.size());
  ExpectAll();
}

TEST_F(IndexTableTest, DiscardedItIsEmptyAndMayBeUsedAgain) {
  Create(kTwoBlocks);
  Fill();
  const size_t size = model_.size();
  const auto [location, range] = *model_.begin();
  table_->DiscardAll();
  EXPECT_EQ(Find(range, location), nullptr);
  EXPECT_EQ(CountInBlock(0) + CountInBlock(1), 0u);
  model_.clear();
  Fill();
  // A fill ends with the first bucket that has no way out, which is a matter of chance.
  EXPECT_GT(model_.size() * 100, size * 90);
  ExpectAll();
}

TEST_F(IndexTableTest, IsCountedAsItFillsAndEmpties) {
  Create(kTwoBlocks);
  const size_t bytes = table_->bytes();
  EXPECT_EQ(index_bytes(), 0u) << "a new one";
  table_->CountUpTo(bytes / 2);
  EXPECT_EQ(index_bytes(), bytes / 2);
  table_->CountAll();
  EXPECT_EQ(index_bytes(), bytes);
  table_->DiscardBlock(0);
  EXPECT_EQ(index_bytes(), bytes - kBlockBuckets * kCacheLineBytes);
  table_->DiscardBlock(1);
  EXPECT_EQ(index_bytes(), 0u);
  table_->CountAll();
  table_->DiscardAll();
  EXPECT_EQ(index_bytes(), 0u);
  table_->CountUpTo(1000);
  table_->DiscardBlock(1);
  EXPECT_EQ(index_bytes(), 0u) << "no more than was counted";
  table_->CountAll();
  table_.reset();
  EXPECT_EQ(index_bytes(), 0u);
}

TEST_F(IndexTableTest, APeekFindsWhatIsInItsHome) {
  Create(kLeastBuckets);
  EXPECT_EQ(table_->PeekLocation(123), 0u);
  ASSERT_TRUE(Place(123));
  ASSERT_TRUE(Place(124));
  EXPECT_EQ(table_->PeekLocation(123), last_location_ - 1);
  EXPECT_EQ(table_->PeekLocation(124), last_location_);
  EXPECT_EQ(table_->PeekLocation(125), 0u);
  table_->Erase(123, Find(123, last_location_ - 1));
  EXPECT_EQ(table_->PeekLocation(123), 0u);
}

TEST_F(IndexTableTest, ManyOfOneTagAreToldApartByWhatMatches) {
  Create(kLeastBuckets);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Place(9));
  std::vector<Location> asked;
  SlotWord word = 0;
  EXPECT_EQ(table_->Find(9, &word,
                         [&](Location location) {
                           asked.push_back(location);
                           return false;
                         }),
            nullptr);
  EXPECT_EQ(asked.size(), 5u);
  ExpectAll();
}

}  // namespace
}  // namespace ringcached::storage
