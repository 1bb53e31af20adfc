#include "storage/eviction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "tests/storage/store_harness.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = size_t{64} << 20;
constexpr size_t kSegmentBytes = StoreHarness::kSegmentBytes;
// A store of a byte begins no tick in a shard of that many.
constexpr size_t kHugeShardBytes = size_t{1} << 40;
constexpr size_t kCreditSegments = 8;
// An age at which stamps stop telling ages apart.
constexpr int kCappedAge = 160;

class EvictionTest : public testing::Test {
 protected:
  explicit EvictionTest(EvictionPolicy policy = EvictionPolicy::kLru, size_t min_buckets = 256)
      : ledger_(kLimitBytes),
        directory_(&ledger_, {.min_buckets = min_buckets, .filter = false}),
        eviction_(policy, &ledger_, kSegmentBytes),
        pool_(&ledger_, kSegmentBytes),
        log_(&pool_, CasNumbering{}),
        random_(TestSeed()) {
    EXPECT_TRUE(directory_.Init());
    EXPECT_TRUE(pool_.Init(kLimitBytes));
  }

  void Insert(Stamp stamp) {
    ranges_.push_back(directory_.RangeOf(random_()));
    ASSERT_TRUE(directory_.Insert(ranges_.back(), stamp, ranges_.size()));
  }
  // Of the n-th that was inserted.
  Stamp StampOf(size_t n) const {
    SlotWord word = 0;
    directory_.Find(ranges_[n], &word, [&](Location location) { return location == n + 1; });
    return StampIn(word);
  }
  int AgeOf(Stamp stamp) const { return static_cast<uint8_t>(eviction_.NewStamp() - stamp); }

  // A store that begins a tick by itself.
  void Tick(CacheSecond now = kNow) { eviction_.NoteStored(1, 64, now, &directory_); }
  // Earns credit and begins no tick.
  void Store(size_t bytes) { eviction_.NoteStored(bytes, kHugeShardBytes, kNow, &directory_); }
  // As often as it takes for a tick that is due.
  void NoteTime(CacheSecond now) {
    for (size_t i = 0; i < directory_.slot_count() / 7 / 64 / 8 + 2; ++i) {
      eviction_.NoteTime(now, &directory_);
    }
  }
  CacheSecond NextStep() { return 1 + static_cast<CacheSecond>(random_() % 20); }
  void ChooseVictim() { EXPECT_EQ(eviction_.ChooseVictim(log_, directory_), nullptr); }
  bool Keeps(Stamp stamp, LogQueue queue = kLongLivedQueue) {
    Segment victim;
    victim.queue = queue;
    return eviction_.Keeps(stamp, victim);
  }

  MemoryLedger ledger_;
  Directory directory_;
  Eviction eviction_;
  SegmentPool pool_;
  SegmentLog log_;
  std::mt19937_64 random_;
  std::vector<Range> ranges_;
};

TEST_F(EvictionTest, ATickBeginsWhenA64thOfTheShardHasBeenStored) {
  constexpr size_t kShardBytes = 64'000;
  const Stamp first = eviction_.NewStamp();
  eviction_.NoteStored(999, kShardBytes, kNow, &directory_);
  EXPECT_EQ(eviction_.NewStamp(), first);
  eviction_.NoteStored(1, kShardBytes, kNow, &directory_);
  EXPECT_EQ(eviction_.NewStamp(), first + 1);
  eviction_.NoteStored(999, kShardBytes, kNow, &directory_);
  EXPECT_EQ(eviction_.NewStamp(), first + 1) << "it is counted from the beginning of the tick";
  eviction_.NoteStored(100'000, kShardBytes, kNow, &directory_);
  EXPECT_EQ(eviction_.NewStamp(), first + 2) << "one store begins one tick";
}

TEST_F(EvictionTest, AUseIsStampedWithTheTick) {
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(eviction_.UsedStamp(static_cast<Stamp>(i * 3)), eviction_.NewStamp());
    Tick();
  }
}

TEST_F(EvictionTest, ATickByTimeTakesASecondAtFirstAndLaterA64thOfTheUptime) {
  CacheSecond began_at = kNow;
  NoteTime(kNow);
  Stamp stamp = eviction_.NewStamp();
  for (CacheSecond now = kNow + 1; now < kNow + 20'000; ++now) {
    NoteTime(now);
    if (eviction_.NewStamp() == stamp) continue;
    ASSERT_EQ(eviction_.NewStamp(), static_cast<Stamp>(stamp + 1));
    // As long as was fixed when it began.
    ASSERT_EQ(now - began_at, 1 + (began_at - kNow) / 64);
    stamp = eviction_.NewStamp();
    began_at = now;
  }
  EXPECT_GT(began_at, kNow + 19'000);
}

TEST_F(EvictionTest, ATimeThatStandsStillOrHasPassedBeginsNoTick) {
  NoteTime(kNow);
  NoteTime(kNow + 5);
  const Stamp stamp = eviction_.NewStamp();
  for (const CacheSecond now : {kNow + 5, kNow + 1, kNow}) NoteTime(now);
  EXPECT_EQ(eviction_.NewStamp(), stamp);
}

TEST_F(EvictionTest, ALongTimeWithoutAnythingIsOneTick) {
  NoteTime(kNow);
  NoteTime(kNow + 1);
  const Stamp stamp = eviction_.NewStamp();
  NoteTime(kNow + 1'000'000);
  EXPECT_EQ(eviction_.NewStamp(), static_cast<Stamp>(stamp + 1));
  EXPECT_EQ(eviction_.LastUse(eviction_.NewStamp(), 0), kNow + 1'000'000);
}

TEST_F(EvictionTest, TheLastUseIsWhenItsTickBegan) {
  struct Use {
    Stamp stamp;
    CacheSecond at;
  };
  std::vector<Use> uses;
  for (CacheSecond now = kNow; now < kNow + 30'000; now += NextStep()) {
    NoteTime(now);
    // By bytes too, now and then.
    if (random_() % 100 == 0) Tick(now);
    uses.push_back({eviction_.NewStamp(), now});
    const size_t from = uses.size() - std::min<size_t>(uses.size(), 100);
    for (size_t i = from; i < uses.size(); ++i) {
      if (AgeOf(uses[i].stamp) > kCappedAge) continue;
      const CacheSecond last_use = eviction_.LastUse(uses[i].stamp, 0);
      ASSERT_LE(last_use, uses[i].at);
      ASSERT_LE(uses[i].at - last_use, 1 + (uses[i].at - kNow) / 64);
    }
  }
}

TEST_F(EvictionTest, AgesStopAtTheirCapHoweverManyTicksPass) {
  CacheSecond now = kNow;
  for (const bool by_time : {true, false}) {
    SCOPED_TRACE(by_time);
    const size_t first = ranges_.size();
    for (int i = 0; i < 300; ++i) Insert(eviction_.NewStamp());
    int most = 0;
    for (int age = 1; age < 600 && !HasFatalFailure(); ++age) {
      const Stamp before = eviction_.NewStamp();
      while (eviction_.NewStamp() == before) by_time ? NoteTime(++now) : Tick(now);
      for (size_t n = first; n < ranges_.size(); ++n) {
        const int stamped = AgeOf(StampOf(n));
        ASSERT_GE(stamped, std::min(age, kCappedAge));
        most = std::max(most, stamped);
      }
    }
    // Each is come round to before a further 64 ticks are over.
    EXPECT_LE(most, kCappedAge + 64);
  }
}

TEST_F(EvictionTest, WhatIsUsedIsYoungAgainAfterItsAgeWasCapped) {
  Insert(eviction_.NewStamp());
  for (int i = 0; i < 400; ++i) Tick();
  EXPECT_GE(AgeOf(StampOf(0)), kCappedAge);
  SlotWord word = 0;
  Slot* const slot = directory_.Find(ranges_[0], &word, [](Location) { return true; });
  Restamp(slot, word, eviction_.UsedStamp(StampIn(word)));
  Tick();
  EXPECT_EQ(AgeOf(StampOf(0)), 1);
}

class LargeIndexEvictionTest : public EvictionTest {
 protected:
  LargeIndexEvictionTest() : EvictionTest(EvictionPolicy::kLru, 16'384) {}
};

// A tick has a 64th of the buckets and one more to cap, eight with a call.
TEST_F(LargeIndexEvictionTest, NoTickBeginsByTimeBeforeTheLastOnesShareIsCapped) {
  eviction_.NoteTime(kNow, &directory_);
  eviction_.NoteTime(kNow + 1, &directory_);
  const Stamp stamp = eviction_.NewStamp();
  const int calls = (16'384 / 64 + 1 + 7) / 8;
  for (int i = 0; i < calls; ++i) {
    eviction_.NoteTime(kNow + 1000, &directory_);
    ASSERT_EQ(eviction_.NewStamp(), stamp) << i;
  }
  eviction_.NoteTime(kNow + 1000, &directory_);
  EXPECT_EQ(eviction_.NewStamp(), stamp + 1);
}

TEST_F(LargeIndexEvictionTest, StoresCapWhatATickByTimeWaitsFor) {
  eviction_.NoteTime(kNow, &directory_);
  eviction_.NoteTime(kNow + 1, &directory_);
  const Stamp stamp = eviction_.NewStamp();
  for (int i = 0; i < 40; ++i) {
    eviction_.NoteStored(1, kHugeShardBytes, kNow + 1, &directory_);
  }
  EXPECT_EQ(eviction_.NewStamp(), stamp);
  eviction_.NoteTime(kNow + 2, &directory_);
  EXPECT_EQ(eviction_.NewStamp(), stamp + 1);
}

// Items whose ages are spread evenly over a hundred ticks.
class CutoffTest : public EvictionTest {
 protected:
  static constexpr int kTicks = 100;

  CutoffTest() {
    for (int i = 0; i < kTicks; ++i) {
      for (int item = 0; item < 15; ++item) Insert(eviction_.NewStamp());
      Tick();
    }
    Store(kCreditSegments * kSegmentBytes);
  }

  // Of all items, on average over many samples.
  double DroppedShare() {
    constexpr int kSamples = 300;
    int dropped = 0;
    for (int sample = 0; sample < kSamples; ++sample) {
      ChooseVictim();
      for (int age = 1; age <= kTicks; ++age) {
        dropped += Keeps(static_cast<Stamp>(eviction_.NewStamp() - age)) ? 0 : 1;
      }
    }
    return static_cast<double>(dropped) / kTicks / kSamples;
  }
};

TEST_F(CutoffTest, AQuarterIsOldWithAllTheCreditAndHalfWithNone) {
  EXPECT_NEAR(DroppedShare(), 0.25, 0.03);
  eviction_.NoteKept(kCreditSegments * kSegmentBytes / 2);
  EXPECT_NEAR(DroppedShare(), 0.375, 0.03);
  eviction_.NoteKept(kCreditSegments * kSegmentBytes / 2);
  EXPECT_NEAR(DroppedShare(), 0.5, 0.03);
}

TEST_F(CutoffTest, CreditIsEarnedByStoringUpToItsMostAndOweIsPaidFirst) {
  eviction_.NoteKept((kCreditSegments + 4) * kSegmentBytes);
  EXPECT_NEAR(DroppedShare(), 0.5, 0.03);
  Store(4 * kSegmentBytes);
  EXPECT_NEAR(DroppedShare(), 0.5, 0.03) << "what was owed";
  Store(4 * kSegmentBytes);
  EXPECT_NEAR(DroppedShare(), 0.375, 0.03);
  Store(1000 * kSegmentBytes);
  EXPECT_NEAR(DroppedShare(), 0.25, 0.03);
  eviction_.NoteKept(kCreditSegments * kSegmentBytes);
  EXPECT_NEAR(DroppedShare(), 0.5, 0.03) << "more than the most was not earned";
}

TEST_F(CutoffTest, TheYoungerIsKeptWhereTheOlderIs) {
  ChooseVictim();
  bool kept_older = true;
  for (int age = 0; age < 256; ++age) {
    const bool kept = Keeps(static_cast<Stamp>(eviction_.NewStamp() - age));
    EXPECT_FALSE(kept && !kept_older) << age;
    kept_older = kept;
  }
  EXPECT_TRUE(Keeps(eviction_.NewStamp()));
  EXPECT_FALSE(kept_older);
}

TEST_F(CutoffTest, WhatIsKeptKeepsItsStampAndItsQueue) {
  Segment victim;
  for (const LogQueue queue : {kLongLivedQueue, kShortLivedQueue}) {
    victim.queue = queue;
    EXPECT_EQ(eviction_.KeptStamp(77, victim), 77u);
    EXPECT_EQ(eviction_.KeptQueue(victim), queue);
  }
}

TEST_F(EvictionTest, WithoutItemsToSampleOnlyWhatIsBeyondTheCapIsOld) {
  for (int i = 0; i < 250; ++i) Tick();
  ChooseVictim();
  EXPECT_TRUE(Keeps(static_cast<Stamp>(eviction_.NewStamp() - kCappedAge + 1)));
  EXPECT_FALSE(Keeps(static_cast<Stamp>(eviction_.NewStamp() - kCappedAge)));
}

TEST_F(EvictionTest, WhatEndsWithinHalfAnHourLiesByItself) {
  constexpr CacheSecond kHalfAnHour = 1800;
  EXPECT_EQ(eviction_.QueueFor(1, kNeverExpires, kNow), kLongLivedQueue);
  EXPECT_EQ(eviction_.QueueFor(1, kNow + 1, kNow), kShortLivedQueue);
  EXPECT_EQ(eviction_.QueueFor(1, kNow + kHalfAnHour - 1, kNow), kShortLivedQueue);
  EXPECT_EQ(eviction_.QueueFor(1, kNow + kHalfAnHour, kNow), kLongLivedQueue);
  EXPECT_EQ(eviction_.QueueFor(1, kAlreadyExpired, kNow), kShortLivedQueue);
}

TEST(LruEviction, TheOldestSegmentGoes) {
  StoreHarness harness;
  Eviction eviction(EvictionPolicy::kLru, &harness.ledger(), kSegmentBytes);
  EXPECT_EQ(eviction.ChooseVictim(harness.log(), harness.store().directory()), nullptr);
  harness.Put("first", "v", {.queue = kShortLivedQueue});
  EXPECT_EQ(eviction.ChooseVictim(harness.log(), harness.store().directory()), nullptr)
      << "an open one stays";
  const Segment* const first =
      harness.Open(kShortLivedQueue)->pool->SegmentOf(harness.Find("first").item);
  harness.Put("second", "v");
  harness.Open(kLongLivedQueue);
  EXPECT_EQ(eviction.ChooseVictim(harness.log(), harness.store().directory()), first);
}

class S3FifoTest : public EvictionTest {
 protected:
  S3FifoTest() : EvictionTest(EvictionPolicy::kS3Fifo) {}
  // What an item of the queue must show: the least number of uses that is kept.
  int UsesToKeep(LogQueue queue) {
    ChooseVictim();
    int uses = 0;
    while (uses < 4 && !Keeps(static_cast<Stamp>(uses), queue)) ++uses;
    for (int more = uses; more < 4; ++more) EXPECT_TRUE(Keeps(static_cast<Stamp>(more), queue));
    return uses;
  }
};

TEST_F(S3FifoTest, AStampCountsUsesUpToThree) {
  Stamp stamp = eviction_.NewStamp();
  for (const int uses : {0, 1, 2, 3, 3, 3}) {
    EXPECT_EQ(stamp, uses);
    stamp = eviction_.UsedStamp(stamp);
  }
  for (int i = 0; i < 300; ++i) Tick();
  EXPECT_EQ(eviction_.NewStamp(), 0u);
  EXPECT_EQ(eviction_.LastUse(2, 12345), 12345u);
}

TEST_F(S3FifoTest, UsesAreNotTakenForAges) {
  for (int i = 0; i < 200; ++i) Insert(static_cast<Stamp>(i % 4));
  for (int i = 0; i < 1000; ++i) Tick();
  for (size_t n = 0; n < ranges_.size(); ++n) ASSERT_EQ(StampOf(n), n % 4);
}

TEST_F(S3FifoTest, ItTakesTwoUsesToMoveUpAndOneToStayAndMoreWhenCreditIsShort) {
  EXPECT_EQ(UsesToKeep(kSmallQueue), 2);
  EXPECT_EQ(UsesToKeep(kMainQueue), 1);
  int to_promote = 2;
  int to_stay = 1;
  for (size_t kept = 0; kept < 2 * kCreditSegments; ++kept) {
    eviction_.NoteKept(kSegmentBytes);
    const int before = std::exchange(to_stay, UsesToKeep(kMainQueue));
    EXPECT_TRUE(to_stay == before || to_stay == before + 1) << kept;
    to_promote = UsesToKeep(kSmallQueue);
  }
  EXPECT_EQ(to_promote, 3);
  EXPECT_EQ(to_stay, 3);
  Store(4 * kCreditSegments * kSegmentBytes);
  EXPECT_EQ(UsesToKeep(kSmallQueue), 2);
  EXPECT_EQ(UsesToKeep(kMainQueue), 1);
}

TEST_F(S3FifoTest, WhatMovesUpBeginsAnewAndWhatStaysLosesAUse) {
  Segment victim;
  victim.queue = kSmallQueue;
  EXPECT_EQ(eviction_.KeptStamp(3, victim), 0u);
  EXPECT_EQ(eviction_.KeptQueue(victim), kMainQueue);
  victim.queue = kMainQueue;
  EXPECT_EQ(eviction_.KeptStamp(3, victim), 2u);
  EXPECT_EQ(eviction_.KeptStamp(1, victim), 0u);
  EXPECT_EQ(eviction_.KeptQueue(victim), kMainQueue);
}

TEST_F(S3FifoTest, WhatComesBackFromTheSmallQueuesDroppedGoesToTheMainQueue) {
  constexpr uint64_t kDropped = 0x123456789abcdef0;
  constexpr uint64_t kDroppedByMain = 0xfedcba9876543210;
  Segment victim;
  victim.queue = kMainQueue;
  eviction_.NoteEvicted(kDroppedByMain, victim, 1000);
  EXPECT_EQ(ledger_.bytes(MemoryPart::kGhost), 0u);
  victim.queue = kSmallQueue;
  EXPECT_EQ(eviction_.QueueFor(kDropped, kNow + 1, kNow), kSmallQueue);
  eviction_.NoteEvicted(kDropped, victim, 1000);
  EXPECT_GT(ledger_.bytes(MemoryPart::kGhost), 0u);
  EXPECT_EQ(eviction_.QueueFor(kDropped, kNeverExpires, kNow), kMainQueue);
  EXPECT_EQ(eviction_.QueueFor(kDroppedByMain, kNeverExpires, kNow), kSmallQueue);
  eviction_.Clear();
  EXPECT_EQ(eviction_.QueueFor(kDropped, kNeverExpires, kNow), kSmallQueue);
  EXPECT_EQ(ledger_.bytes(MemoryPart::kGhost), 0u);
}

TEST_F(EvictionTest, LruRemembersNothingOfWhatItDropped) {
  Segment victim;
  eviction_.NoteEvicted(1, victim, 1000);
  EXPECT_EQ(ledger_.bytes(MemoryPart::kGhost), 0u);
}

class S3FifoVictimTest : public testing::Test {
 protected:
  S3FifoVictimTest() : eviction_(EvictionPolicy::kS3Fifo, &harness_.ledger(), kSegmentBytes) {}

  // Sealed, with an item each.
  void AddSegments(LogQueue queue, int count) {
    for (int i = 0; i < count; ++i) {
      harness_.Put(Numbered("k", ++last_), "v", {.queue = queue});
      harness_.SealAll();
    }
  }
  const Segment* Victim() {
    return eviction_.ChooseVictim(harness_.log(), harness_.store().directory());
  }
  const Segment* OldestOf(LogQueue queue) const { return harness_.log().sealed(queue).oldest(); }

  StoreHarness harness_;
  Eviction eviction_;
  int last_ = 0;
};

TEST_F(S3FifoVictimTest, TheSmallQueueGivesWhileItHasMoreThanATenth) {
  EXPECT_EQ(Victim(), nullptr);
  AddSegments(kMainQueue, 9);
  AddSegments(kSmallQueue, 1);
  EXPECT_EQ(Victim(), OldestOf(kMainQueue)) << "a tenth exactly";
  AddSegments(kSmallQueue, 1);
  EXPECT_EQ(Victim(), OldestOf(kSmallQueue));
  AddSegments(kMainQueue, 9);
  EXPECT_EQ(Victim(), OldestOf(kMainQueue));
}

TEST_F(S3FifoVictimTest, AQueueWithoutSealedSegmentsGivesNone) {
  AddSegments(kMainQueue, 1);
  harness_.Put("open", "v", {.queue = kSmallQueue});
  EXPECT_EQ(Victim(), OldestOf(kMainQueue)) << "the small queue has half, but it is open";
  StoreHarness small_only;
  for (int i = 0; i < 3; ++i) {
    small_only.Put(Numbered("k", i), "v", {.queue = kSmallQueue});
    small_only.SealAll();
  }
  EXPECT_EQ(eviction_.ChooseVictim(small_only.log(), small_only.store().directory()),
            small_only.log().sealed(kSmallQueue).oldest());
}

}  // namespace
}  // namespace ringcached::storage
