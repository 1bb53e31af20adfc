// The index with its filter against a map, while both are resized and rebuilt.

#include "storage/directory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <unordered_map>
#include <vector>

#include "storage/memory_ledger.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = size_t{64} << 20;
constexpr size_t kMinBuckets = 256;

class DirectoryTest : public testing::Test {
 protected:
  DirectoryTest()
      : ledger_(kLimitBytes),
        directory_(&ledger_, {.min_buckets = kMinBuckets, .shard_bits = 3}),
        random_(TestSeed()) {
    EXPECT_TRUE(directory_.Init());
  }

  Range RandomRange() { return directory_.RangeOf(random_()); }

  // The location is what tells keys apart here, as the item's key does in a shard.
  void Insert(bool maintain = true) {
    const Range range = RandomRange();
    const Location location = ++last_location_;
    ASSERT_TRUE(directory_.Insert(range, static_cast<Stamp>(location), location));
    model_[location] = range;
    if (maintain) directory_.Maintain();
  }
  Slot* Find(Range range, Location location) {
    SlotWord word = 0;
    Slot* const slot =
        directory_.Find(range, &word, [&](Location found) { return found == location; });
    if (slot == nullptr) return nullptr;
    EXPECT_EQ(StampIn(word), static_cast<Stamp>(location));
    EXPECT_EQ(LocationIn(word), location);
    return slot;
  }
  void EraseAny(bool maintain = true) {
    const auto any = model_.begin();
    Slot* const slot = Find(any->second, any->first);
    ASSERT_NE(slot, nullptr);
    directory_.Erase(any->second, slot);
    EXPECT_EQ(Find(any->second, any->first), nullptr);
    model_.erase(any);
    if (maintain) directory_.Maintain();
  }
  void ExpectAll() {
    ASSERT_EQ(directory_.size(), model_.size());
    for (const auto& [location, range] : model_) {
      ASSERT_TRUE(directory_.MayContain(range)) << location;
      ASSERT_NE(Find(range, location), nullptr) << location;
    }
  }
  double PassingShare() {
    constexpr int kProbes = 200'000;
    int passing = 0;
    for (int i = 0; i < kProbes; ++i) passing += directory_.MayContain(RandomRange()) ? 1 : 0;
    return passing / static_cast<double>(kProbes);
  }

  MemoryLedger ledger_;
  Directory directory_;
  std::mt19937_64 random_;
  std::unordered_map<Location, Range> model_;
  Location last_location_ = 0;
};

TEST_F(DirectoryTest, GrowsAndShrinksWithItsItems) {
  const size_t empty_bytes = ledger_.total_bytes();
  for (int i = 0; i < 100'000; ++i) Insert();
  ExpectAll();
  EXPECT_GE(directory_.slot_count(), 100'000u);
  EXPECT_LE(directory_.slot_count(), 150'000u);
  // A rebuild is never far: 1.3 % just before it.
  EXPECT_LE(PassingShare(), 0.015);
  const size_t full_bytes = ledger_.total_bytes();
  while (model_.size() > 10) EraseAny();
  ExpectAll();
  EXPECT_LE(directory_.slot_count(), kMinBuckets * kSlotsPerBucket);
  EXPECT_GT(full_bytes, 20 * empty_bytes);
  EXPECT_LE(ledger_.total_bytes(), empty_bytes);
}

// As in a shard whose items others have evicted, so that no write of its own took the index along.
TEST_F(DirectoryTest, ShrinkingToATinyPartTakesWhatComesMeanwhile) {
  for (int i = 0; i < 100'000; ++i) Insert();
  while (model_.size() > 1430) EraseAny(/*maintain=*/false);
  for (int i = 0; i < 2000 && !HasFatalFailure(); ++i) Insert();
  ExpectAll();
  EXPECT_LE(directory_.slot_count(), 10'000u);
}

// A place that is full before the whole is makes the index grow in the middle of an insert: the
// filter that is rebuilt with it must have that key too.
TEST_F(DirectoryTest, GrowthWithinAnInsertLosesNoKey) {
  while (model_.size() < 50'000) {
    const size_t nearly_all = directory_.slot_count() * 97 / 100;
    while (model_.size() < nearly_all) Insert(/*maintain=*/false);
    for (int step = 0; step < 4000; ++step) directory_.Maintain();
    ExpectAll();
    if (HasFatalFailure()) return;
  }
}

TEST_F(DirectoryTest, FollowsTheModelWhateverIsUnderWay) {
  size_t wanted = 0;
  for (int i = 0; i < 300'000; ++i) {
    if (i % 5000 == 0) wanted = random_() % 20'000;
    const bool grow = model_.size() < wanted ? random_() % 4 != 0 : random_() % 4 == 0;
    if (grow || model_.empty()) {
      Insert();
    } else {
      EraseAny();
    }
    if (i % 3000 == 0) ExpectAll();
    if (i % 70'000 == 69'999) {
      ASSERT_TRUE(directory_.Clear());
      model_.clear();
    }
    if (HasFatalFailure()) return;
  }
  // A rebuild begins at 56 keys a line, of which 1.4 % of absent keys pass, and a few more come
  // until it has ended.
  EXPECT_LE(PassingShare(), 0.02);
  EXPECT_GT(directory_.filter_rebuilds(), 50u);
}

TEST_F(DirectoryTest, ClearForgetsAllAndFreesWhatItGrewTo) {
  const size_t empty_bytes = ledger_.total_bytes();
  std::vector<Range> ranges;
  for (int i = 0; i < 5000; ++i) Insert();
  for (const auto& [location, range] : model_) ranges.push_back(range);
  ASSERT_TRUE(directory_.Clear());
  EXPECT_EQ(directory_.size(), 0u);
  EXPECT_EQ(ledger_.total_bytes(), empty_bytes);
  for (const Range range : ranges) EXPECT_FALSE(directory_.MayContain(range));
  model_.clear();
  for (int i = 0; i < 5000; ++i) Insert();
  ExpectAll();
}

TEST_F(DirectoryTest, ClearWithoutMemoryChangesNothing) {
  for (int i = 0; i < 5000; ++i) Insert();
  // The index's smallest table is there from before; the filter's memory is not.
  ledger_.FailNthChargeForTest(1);
  EXPECT_FALSE(directory_.Clear());
  ExpectAll();
  for (int i = 0; i < 5000; ++i) Insert();
  ExpectAll();
}

TEST_F(DirectoryTest, GoesOnWithoutMemoryForGrowth) {
  const size_t slots = directory_.slot_count();
  while (model_.size() < slots * 85 / 100) Insert();
  for (;;) {
    ledger_.FailNthChargeForTest(1);
    const Range range = RandomRange();
    if (!directory_.Insert(range, static_cast<Stamp>(last_location_ + 1), last_location_ + 1))
      break;
    model_[++last_location_] = range;
    directory_.Maintain();
  }
  ledger_.FailNthChargeForTest(0);
  EXPECT_EQ(directory_.slot_count(), slots);
  EXPECT_GE(model_.size(), slots * 93 / 100);
  ExpectAll();
  for (int i = 0; i < 1000; ++i) Insert();
  ExpectAll();
}

TEST(DirectoryWithoutFilter, SaysThatAnythingMayBeThere) {
  MemoryLedger ledger(kLimitBytes);
  Directory directory(&ledger, {.min_buckets = kMinBuckets, .filter = false});
  ASSERT_TRUE(directory.Init());
  EXPECT_EQ(ledger.bytes(MemoryPart::kFilter), 0u);
  EXPECT_TRUE(directory.MayContain(1));
  for (Location i = 1; i < 10'000; ++i) {
    ASSERT_TRUE(directory.Insert(directory.RangeOf(i * 0x9e3779b97f4a7c15), 0, i));
    directory.Maintain();
  }
  EXPECT_EQ(directory.size(), 9'999u);
  EXPECT_EQ(ledger.bytes(MemoryPart::kFilter), 0u);
}

}  // namespace
}  // namespace ringcached::storage
