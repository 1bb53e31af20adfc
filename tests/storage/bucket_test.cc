#include "storage/bucket.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>

#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

SlotWord RandomSlot(std::mt19937_64& random, uint64_t tags) {
  const SlotWord word =
      MakeSlot(random() % tags, static_cast<Stamp>(random()), (random() & kLocationMask) | 1);
  return random() % 3 == 0 ? word | kDisplacedMask : word;
}

// The portable comparison and the processor's, with few tags so that several slots agree.
TEST(Bucket, BothComparisonsFindTheSameSlots) {
  std::mt19937_64 random(TestSeed());
  uint64_t found = 0;
  for (int i = 0; i < 100'000; ++i) {
    Bucket bucket = {};
    bucket.info.store(random());
    for (Slot& slot : bucket.slots) {
      if (random() % 4 != 0) slot.store(RandomSlot(random, 5));
    }
    const SlotWord pattern = RandomSlot(random, 5);
    ASSERT_EQ(bucket.Candidates(pattern), bucket.CandidatesScalar(pattern));
    found += bucket.Candidates(pattern) != 0 ? 1 : 0;
  }
  EXPECT_GT(found, 10'000u);
}

TEST(Bucket, CandidatesAgreeInTagAndDisplacementAndNothingElse) {
  Bucket bucket = {};
  bucket.slots[2].store(MakeSlot(7, 1, 100));
  bucket.slots[5].store(MakeSlot(7, 200, 3) | kDisplacedMask);
  bucket.slots[6].store(MakeSlot(kTagMask, 0, 9));
  EXPECT_EQ(bucket.CandidatesScalar(MakeSlot(7, 0, 0)), 1u << 2);
  EXPECT_EQ(bucket.CandidatesScalar(MakeSlot(7, 0, 0) | kDisplacedMask), 1u << 5);
  EXPECT_EQ(bucket.CandidatesScalar(MakeSlot(kTagMask, 255, kLocationMask)), 1u << 6);
  EXPECT_EQ(bucket.CandidatesScalar(MakeSlot(8, 0, 0)), 0u);
}

TEST(Bucket, HintsStayUntilTheLastDisplacedSlotIsGone) {
  Bucket bucket = {};
  EXPECT_FALSE(Bucket::MayHaveDisplaced(bucket.info.load(), 3));
  bucket.AddDisplaced(3);
  bucket.AddDisplaced(4);
  bucket.RaiseVersion();
  EXPECT_TRUE(Bucket::MayHaveDisplaced(bucket.info.load(), 3));
  EXPECT_TRUE(Bucket::MayHaveDisplaced(bucket.info.load(), 4));
  EXPECT_FALSE(Bucket::MayHaveDisplaced(bucket.info.load(), 5));
  bucket.RemoveDisplaced();
  EXPECT_TRUE(Bucket::MayHaveDisplaced(bucket.info.load(), 3));
  bucket.RemoveDisplaced();
  EXPECT_FALSE(Bucket::MayHaveDisplaced(bucket.info.load(), 3));
  EXPECT_FALSE(Bucket::MayHaveDisplaced(bucket.info.load(), 4));
}

TEST(Bucket, ARestampThatMeetsANewerSlotChangesNothing) {
  Slot slot(MakeSlot(1, 2, 30));
  const SlotWord read = slot.load();
  Restamp(&slot, read, 9);
  EXPECT_EQ(slot.load(), MakeSlot(1, 9, 30));
  slot.store(MakeSlot(1, 9, 40));
  Restamp(&slot, read, 11);
  EXPECT_EQ(slot.load(), MakeSlot(1, 9, 40));
}

}  // namespace
}  // namespace ringcached::storage
