#include "storage/memory_ledger.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = 4000;
constexpr MemoryPart kAllParts[] = {MemoryPart::kSegments, MemoryPart::kLargeValues,
                                    MemoryPart::kIndex, MemoryPart::kFilter, MemoryPart::kGhost};

TEST(MemoryLedger, CountsEachPartByItselfAndTheSum) {
  MemoryLedger ledger(kLimitBytes);
  size_t bytes = 1;
  size_t total = 0;
  for (const MemoryPart part : kAllParts) {
    EXPECT_EQ(ledger.bytes(part), 0u);
    EXPECT_TRUE(ledger.Charge(part, bytes));
    ledger.Add(part, bytes);
    total += 2 * bytes;
    EXPECT_EQ(ledger.total_bytes(), total);
    bytes *= 10;
  }
  bytes = 1;
  for (const MemoryPart part : kAllParts) {
    EXPECT_EQ(ledger.bytes(part), 2 * bytes);
    ledger.Release(part, bytes);
    EXPECT_EQ(ledger.bytes(part), bytes);
    bytes *= 10;
  }
  EXPECT_EQ(ledger.total_bytes(), total / 2);
}

TEST(MemoryLedger, TakesWhatComesBeyondTheBudgetAndSaysWhatMustGo) {
  MemoryLedger ledger(kLimitBytes);
  EXPECT_EQ(ledger.RoomBytes(), kLimitBytes);
  EXPECT_TRUE(ledger.HasRoom(kLimitBytes));
  EXPECT_FALSE(ledger.HasRoom(kLimitBytes + 1));
  EXPECT_TRUE(ledger.Charge(MemoryPart::kIndex, kLimitBytes));
  EXPECT_EQ(ledger.RoomBytes(), 0u);
  EXPECT_EQ(ledger.ShortfallBytes(), 0u);
  EXPECT_TRUE(ledger.HasRoom(0));
  EXPECT_TRUE(ledger.Charge(MemoryPart::kIndex, 7));
  EXPECT_EQ(ledger.RoomBytes(), 0u);
  EXPECT_EQ(ledger.ShortfallBytes(), 7u);
  EXPECT_FALSE(ledger.HasRoom(0));
}

TEST(MemoryLedger, OthersTakeOfTheBudgetButLeaveAQuarter) {
  MemoryLedger ledger(kLimitBytes);
  ledger.Add(MemoryPart::kSegments, 900);
  ledger.set_other_bytes(1200);
  EXPECT_EQ(ledger.other_bytes(), 1200u);
  EXPECT_EQ(ledger.allowed_bytes(), kLimitBytes - 1200);
  EXPECT_EQ(ledger.RoomBytes(), kLimitBytes - 1200 - 900);
  for (const size_t most : {kLimitBytes / 4 * 3, kLimitBytes, kLimitBytes * 100}) {
    ledger.set_other_bytes(most);
    EXPECT_EQ(ledger.allowed_bytes(), kLimitBytes / 4);
    EXPECT_EQ(ledger.RoomBytes(), kLimitBytes / 4 - 900);
  }
}

TEST(MemoryLedger, ALowerLimitMakesTheBudgetShort) {
  MemoryLedger ledger(kLimitBytes);
  ledger.Add(MemoryPart::kSegments, 1500);
  ledger.set_limit_bytes(1000);
  EXPECT_EQ(ledger.limit_bytes(), 1000u);
  EXPECT_EQ(ledger.ShortfallBytes(), 500u);
  ledger.set_other_bytes(2000);
  EXPECT_EQ(ledger.allowed_bytes(), 250u);
  EXPECT_EQ(ledger.ShortfallBytes(), 1250u);
}

TEST(MemoryLedger, FailsTheChargeThatATestNamesOnceAndCountsNothing) {
  MemoryLedger ledger(kLimitBytes);
  ledger.FailNthChargeForTest(3);
  EXPECT_TRUE(ledger.Charge(MemoryPart::kIndex, 1));
  // Memory that has been granted cannot be refused any more.
  for (int i = 0; i < 5; ++i) ledger.Add(MemoryPart::kIndex, 1);
  EXPECT_TRUE(ledger.Charge(MemoryPart::kIndex, 1));
  EXPECT_FALSE(ledger.Charge(MemoryPart::kIndex, 1));
  EXPECT_EQ(ledger.bytes(MemoryPart::kIndex), 7u);
  EXPECT_EQ(ledger.total_bytes(), 7u);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(ledger.Charge(MemoryPart::kIndex, 1));
  EXPECT_EQ(ledger.FailNthChargeForTest(2), 0u);
}

TEST(MemoryLedger, SaysHowFarAFailureWasWhenItIsSwitchedOff) {
  MemoryLedger ledger(kLimitBytes);
  EXPECT_EQ(ledger.FailNthChargeForTest(5), 0u);
  EXPECT_TRUE(ledger.Charge(MemoryPart::kIndex, 1));
  EXPECT_EQ(ledger.FailNthChargeForTest(0), 4u);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(ledger.Charge(MemoryPart::kIndex, 1));
}

TEST(MemoryLedger, LosesNothingBetweenThreads) {
  constexpr size_t kThreads = 4;
  constexpr size_t kRounds = 20'000;
  MemoryLedger ledger(kLimitBytes);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&ledger, part = kAllParts[i % 2]] {
      for (size_t round = 0; round < kRounds; ++round) {
        static_cast<void>(ledger.Charge(part, 3));
        ledger.Add(part, 2);
        ledger.Release(part, 4);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ledger.bytes(kAllParts[0]), kThreads / 2 * kRounds);
  EXPECT_EQ(ledger.bytes(kAllParts[1]), kThreads / 2 * kRounds);
  EXPECT_EQ(ledger.total_bytes(), kThreads * kRounds);
}

}  // namespace
}  // namespace ringcached::storage
