#include "storage/segment_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <set>
#include <thread>
#include <vector>

#include "tests/storage/memory_refusal.h"

namespace ringcached::storage {
namespace {

constexpr size_t kSegmentBytes = size_t{16} << 10;
constexpr size_t kBudgetSegments = 8;

class SegmentPoolTest : public testing::Test {
 protected:
  SegmentPoolTest() : ledger_(kBudgetSegments * kSegmentBytes), pool_(&ledger_, kSegmentBytes) {
    EXPECT_TRUE(pool_.Init(ledger_.limit_bytes()));
  }

  std::vector<Segment*> TakeAll(bool beyond_budget) {
    std::vector<Segment*> segments;
    while (Segment* const segment = pool_.Take(beyond_budget)) segments.push_back(segment);
    return segments;
  }
  void DropAll(const std::vector<Segment*>& segments) {
    for (Segment* const segment : segments) pool_.Drop(segment);
  }
  bool Holds(const Segment* segment, char value) const {
    const char* const begin = pool_.BytesOf(segment);
    return std::all_of(begin, begin + kSegmentBytes, [=](char byte) { return byte == value; });
  }
  size_t segment_bytes() const { return ledger_.bytes(MemoryPart::kSegments); }

  MemoryLedger ledger_;
  SegmentPool pool_;
};

TEST_F(SegmentPoolTest, GivesAsManyAsTheBudgetHasRoomFor) {
  EXPECT_TRUE(pool_.CanTake());
  const std::vector<Segment*> segments = TakeAll(/*beyond_budget=*/false);
  EXPECT_EQ(segments.size(), kBudgetSegments);
  EXPECT_EQ(segment_bytes(), ledger_.limit_bytes());
  EXPECT_FALSE(pool_.CanTake());
  EXPECT_EQ(pool_.taken(), kBudgetSegments);
}

TEST_F(SegmentPoolTest, WhatOthersHoldOfTheBudgetIsNotGiven) {
  ledger_.Add(MemoryPart::kIndex, 2 * kSegmentBytes + 1);
  EXPECT_EQ(TakeAll(/*beyond_budget=*/false).size(), kBudgetSegments - 3);
}

TEST_F(SegmentPoolTest, BeyondTheBudgetItGivesUntilAddressesAreOut) {
  const std::vector<Segment*> segments = TakeAll(/*beyond_budget=*/true);
  // An eighth more than the largest budget, and some for small ones.
  EXPECT_GE(segments.size(), kBudgetSegments + kBudgetSegments / 8 + 1);
  EXPECT_LE(segments.size(), kBudgetSegments + kBudgetSegments / 8 + 16);
  EXPECT_EQ(segment_bytes(), segments.size() * kSegmentBytes);
  DropAll(segments);
  EXPECT_EQ(TakeAll(/*beyond_budget=*/true).size(), segments.size());
}

TEST_F(SegmentPoolTest, SegmentsDoNotOverlapAndLeadToTheirBytesAndBack) {
  std::set<const char*> begins;
  for (const Segment* const segment : TakeAll(/*beyond_budget=*/true)) {
    char* const begin = pool_.BytesOf(segment);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(begin) % kSegmentBytes % RoundUpToPages(1), 0u);
    std::fill_n(begin, kSegmentBytes, 'x');
    EXPECT_TRUE(begins.insert(begin).second);
    for (const size_t offset : {size_t{0}, kSegmentBytes / 2, kSegmentBytes - kLocationUnitBytes}) {
      const Location location = pool_.LocationOf(begin + offset);
      EXPECT_GT(location, 0u);
      EXPECT_LT(location, Location{1} << kLocationBits);
      EXPECT_EQ(pool_.At(location), begin + offset);
      EXPECT_EQ(pool_.SegmentOf(begin + offset), segment);
    }
    EXPECT_EQ(pool_.SegmentOf(begin + kSegmentBytes - 1), segment);
  }
  const char* before = nullptr;
  for (const char* const begin : begins) {
    EXPECT_TRUE(before == nullptr || begin - before >= static_cast<ptrdiff_t>(kSegmentBytes));
    before = begin;
  }
}

TEST_F(SegmentPoolTest, ASegmentIsGivenWithNothingInItAndOneHold) {
  for (int i = 0; i < 2; ++i) {
    Segment* const segment = pool_.Take(/*beyond_budget=*/false);
    ASSERT_NE(segment, nullptr);
    EXPECT_EQ(segment->holds.load(), 1u);
    EXPECT_EQ(segment->pool, &pool_);
    EXPECT_EQ(segment->used_bytes, 0u);
    EXPECT_EQ(segment->live_items, 0u);
    EXPECT_EQ(segment->latest_expiry, 0u);
    EXPECT_EQ(segment->sweep_at, kHoldsForever);
    EXPECT_EQ(segment->older, nullptr);
    segment->used_bytes = 100;
    segment->AddItem(100, true, 5);
    segment->queue = 1;
    pool_.Drop(segment);
  }
}

TEST_F(SegmentPoolTest, ASegmentIsFreeWhenItsLastHoldGoes) {
  Segment* const segment = pool_.Take(/*beyond_budget=*/false);
  segment->holds.fetch_add(2);
  pool_.Drop(segment);
  pool_.Drop(segment);
  EXPECT_EQ(pool_.free_segments(), 0u);
  pool_.Drop(segment);
  EXPECT_EQ(pool_.free_segments(), 1u);
}

TEST_F(SegmentPoolTest, AFreeSegmentIsGivenFirstAndItsMemoryStaysCounted) {
  Segment* const segment = pool_.Take(/*beyond_budget=*/false);
  pool_.BytesOf(segment)[0] = 'x';
  pool_.Drop(segment);
  EXPECT_EQ(pool_.free_segments(), 1u);
  EXPECT_EQ(segment_bytes(), kSegmentBytes);
  EXPECT_EQ(pool_.Take(/*beyond_budget=*/false), segment);
  EXPECT_EQ(pool_.BytesOf(segment)[0], 'x');
  EXPECT_EQ(pool_.free_segments(), 0u);
  EXPECT_EQ(segment_bytes(), kSegmentBytes);
  EXPECT_EQ(pool_.taken(), 2u);
}

TEST_F(SegmentPoolTest, WhileTheBudgetIsShortAFreedSegmentsMemoryGoesBack) {
  const std::vector<Segment*> segments = TakeAll(/*beyond_budget=*/false);
  std::fill_n(pool_.BytesOf(segments[0]), kSegmentBytes, 'x');
  ledger_.Add(MemoryPart::kIndex, 1);
  pool_.Drop(segments[0]);
  EXPECT_EQ(pool_.free_segments(), 0u);
  EXPECT_EQ(segment_bytes(), (kBudgetSegments - 1) * kSegmentBytes);
  EXPECT_TRUE(Holds(segments[0], 0));
  pool_.Drop(segments[1]);
  EXPECT_EQ(pool_.free_segments(), 1u) << "the budget is short no more";
}

TEST_F(SegmentPoolTest, ASegmentWhoseMemoryWentBackIsGivenBeforeOneThatNeverWas) {
  const std::vector<Segment*> segments = TakeAll(/*beyond_budget=*/false);
  pool_.Drop(segments[3]);
  pool_.Trim(kSegmentBytes);
  EXPECT_EQ(pool_.free_segments(), 0u);
  EXPECT_EQ(pool_.Take(/*beyond_budget=*/false), segments[3]);
  EXPECT_EQ(segment_bytes(), kBudgetSegments * kSegmentBytes);
  std::fill_n(pool_.BytesOf(segments[3]), kSegmentBytes, 'x');
}

TEST_F(SegmentPoolTest, TrimGivesBackWhatTheRoomTakesAndNoMore) {
  DropAll(TakeAll(/*beyond_budget=*/false));
  EXPECT_EQ(pool_.free_segments(), kBudgetSegments);
  pool_.Trim(0);
  EXPECT_EQ(pool_.free_segments(), kBudgetSegments);
  pool_.Trim(kSegmentBytes + 1);
  EXPECT_EQ(pool_.free_segments(), kBudgetSegments - 2);
  EXPECT_EQ(ledger_.RoomBytes(), 2 * kSegmentBytes);
  pool_.Trim(100 * kSegmentBytes);
  EXPECT_EQ(pool_.free_segments(), 0u);
  EXPECT_EQ(segment_bytes(), 0u);
  EXPECT_EQ(TakeAll(/*beyond_budget=*/false).size(), kBudgetSegments);
}

// The huge page's other segments may be touched then, but cost nothing and are not given twice.
TEST(SegmentPoolHugePages, GivesAndCountsOneSegmentAtATime) {
  constexpr size_t kHugeSegmentBytes = kHugePageBytes / 4;
  MemoryLedger ledger(10 * kHugeSegmentBytes);
  SegmentPool pool(&ledger, kHugeSegmentBytes, /*huge_pages=*/true);
  ASSERT_TRUE(pool.Init(ledger.limit_bytes()));
  std::set<Segment*> segments;
  while (Segment* const segment = pool.Take(/*beyond_budget=*/false)) {
    EXPECT_TRUE(segments.insert(segment).second);
    std::fill_n(pool.BytesOf(segment), kHugeSegmentBytes, 'x');
    EXPECT_EQ(ledger.bytes(MemoryPart::kSegments), segments.size() * kHugeSegmentBytes);
  }
  EXPECT_EQ(segments.size(), 10u);
}

TEST_F(SegmentPoolTest, CanTakeForeseesWhatTakeDoesWhileOthersTakeOfTheBudget) {
  for (size_t free = 0; free <= 3; ++free) {
    for (size_t short_bytes = 0; short_bytes <= 4 * kSegmentBytes;
         short_bytes += kSegmentBytes / 2) {
      MemoryLedger ledger(kBudgetSegments * kSegmentBytes);
      SegmentPool pool(&ledger, kSegmentBytes);
      ASSERT_TRUE(pool.Init(ledger.limit_bytes()));
      std::vector<Segment*> segments;
      while (Segment* const segment = pool.Take(false)) segments.push_back(segment);
      for (size_t i = 0; i < free; ++i) pool.Drop(segments[i]);
      ledger.Add(MemoryPart::kLargeValues, short_bytes);
      const bool foreseen = pool.CanTake();
      EXPECT_EQ(pool.Take(/*beyond_budget=*/false) != nullptr, foreseen)
          << free << " free, short of " << short_bytes;
    }
  }
}

TEST_F(SegmentPoolTest, WithoutMemoryItGivesNothingAndCountsNothing) {
  ledger_.FailNthChargeForTest(1);
  EXPECT_EQ(pool_.Take(/*beyond_budget=*/true), nullptr);
  EXPECT_EQ(segment_bytes(), 0u);
  EXPECT_EQ(pool_.taken(), 0u);
  EXPECT_NE(pool_.Take(/*beyond_budget=*/true), nullptr);
}

TEST_F(SegmentPoolTest, MemoryThatTheSystemRefusesIsNotGiven) {
  Segment* segment = nullptr;
  {
    const MemoryRefusal refusal(RLIMIT_DATA);
    segment = pool_.Take(/*beyond_budget=*/true);
  }
  EXPECT_EQ(segment, nullptr);
  EXPECT_EQ(segment_bytes(), 0u);
  segment = pool_.Take(/*beyond_budget=*/true);
  ASSERT_NE(segment, nullptr);
  std::fill_n(pool_.BytesOf(segment), kSegmentBytes, 'x');
}

// ThreadSanitizer needs memory of its own for every range, and ends the process without it.
#if !defined(RINGCACHED_THREAD_SANITIZER)
TEST(SegmentPoolStart, IsRefusedWithoutAddressesOrMemory) {
  for (const MemoryRefusal::Kind kind : {RLIMIT_AS, RLIMIT_DATA}) {
    MemoryLedger ledger(kSegmentBytes);
    SegmentPool pool(&ledger, kSegmentBytes);
    bool initialized = true;
    {
      const MemoryRefusal refusal(kind);
      initialized = pool.Init(size_t{1} << 30);
    }
    EXPECT_FALSE(initialized) << kind;
  }
}
#endif

TEST(SegmentPoolEnd, LeavesNothingCounted) {
  MemoryLedger ledger(4 * kSegmentBytes);
  {
    SegmentPool pool(&ledger, kSegmentBytes);
    ASSERT_TRUE(pool.Init(ledger.limit_bytes()));
    ASSERT_NE(pool.Take(false), nullptr);
    pool.Drop(pool.Take(false));
    EXPECT_EQ(ledger.total_bytes(), 2 * kSegmentBytes);
  }
  EXPECT_EQ(ledger.total_bytes(), 0u);
}

// Each thread marks what it holds: a segment that two had at a time would lose a mark.
TEST_F(SegmentPoolTest, NoTwoThreadsHaveTheSameSegment) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 5'000;
  std::atomic<int> lost{0};
  std::vector<std::thread> threads;
  for (int mark = 1; mark <= kThreads; ++mark) {
    threads.emplace_back([&, mark] {
      for (int round = 0; round < kRounds; ++round) {
        Segment* const segment = pool_.Take(/*beyond_budget=*/round % 2 == 0);
        if (segment == nullptr) continue;
        char* const bytes = pool_.BytesOf(segment);
        bytes[0] = static_cast<char>(mark);
        segment->used_bytes = static_cast<uint32_t>(mark);
        if (round % 16 == 0) pool_.Trim(kBudgetSegments / 2 * kSegmentBytes);
        lost += bytes[0] != mark || segment->used_bytes != static_cast<uint32_t>(mark) ? 1 : 0;
        pool_.Drop(segment);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(lost.load(), 0);
  EXPECT_EQ(segment_bytes(), pool_.free_segments() * kSegmentBytes);
}

}  // namespace
}  // namespace ringcached::storage
