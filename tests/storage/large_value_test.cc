#include "storage/large_value.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <random>
#include <thread>
#include <vector>

#include "storage/memory_ledger.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = size_t{64} << 20;

class LargeValueTest : public testing::Test {
 protected:
  LargeValueTest() : ledger_(kLimitBytes), heap_(&ledger_) {}
  size_t large_bytes() const { return ledger_.bytes(MemoryPart::kLargeValues); }

  MemoryLedger ledger_;
  LargeValueHeap heap_;
};

TEST_F(LargeValueTest, HasRoomForWhatWasAskedAndCountsWhatThatTakes) {
  for (const size_t bytes :
       {size_t{0}, size_t{1}, size_t{4096}, size_t{14'336}, size_t{100'001}, size_t{5} << 20}) {
    LargeValueRef value(heap_.Create(bytes));
    ASSERT_NE(value, nullptr);
    EXPECT_EQ(value->size(), bytes);
    EXPECT_EQ(value->view().size(), bytes);
    std::fill_n(value->data(), bytes, 'x');
    EXPECT_EQ(large_bytes(), heap_.GivenBytes(bytes));
    EXPECT_EQ(large_bytes(), value->given_bytes());
    EXPECT_GE(large_bytes(), bytes + sizeof(LargeValue));
    value.reset();
    EXPECT_EQ(large_bytes(), 0u);
  }
}

TEST_F(LargeValueTest, LivesUntilItsLastReferenceGoes) {
  LargeValue* const value = heap_.Create(1000);
  value->AddReference();
  value->AddReference();
  std::fill_n(value->data(), 1000, 'x');
  for (int left = 2; left > 0; --left) {
    value->DropReference();
    EXPECT_GT(large_bytes(), 0u);
    EXPECT_EQ(std::count(value->data(), value->data() + 1000, 'x'), 1000);
  }
  value->DropReference();
  EXPECT_EQ(large_bytes(), 0u);
}

TEST_F(LargeValueTest, MakesNoRoomInTheBudgetAndMayExceedIt) {
  const LargeValueRef value(heap_.Create(2 * kLimitBytes));
  ASSERT_NE(value, nullptr);
  EXPECT_GE(ledger_.ShortfallBytes(), kLimitBytes);
}

TEST_F(LargeValueTest, IsRefusedWithoutMemoryAndThenCountsNothing) {
  ledger_.FailNthChargeForTest(1);
  EXPECT_EQ(heap_.Create(1000), nullptr);
  EXPECT_EQ(large_bytes(), 0u);
#ifndef RINGCACHED_SYSTEM_MALLOC
  // More than there are addresses. Sanitizers end the process for that.
  EXPECT_EQ(heap_.Create(size_t{1} << 50), nullptr);
  EXPECT_EQ(large_bytes(), 0u);
#endif
  const LargeValueRef value(heap_.Create(1000));
  EXPECT_NE(value, nullptr);
}

TEST_F(LargeValueTest, ValuesDoNotOverlapAndNoneIsLost) {
  std::mt19937_64 random(TestSeed());
  std::vector<LargeValueRef> values;
  size_t counted = 0;
  for (int i = 0; i < 2000; ++i) {
    if (values.size() < 50 || random() % 2 == 0) {
      values.emplace_back(heap_.Create(random() % 50'000));
      ASSERT_NE(values.back(), nullptr);
      counted += values.back()->given_bytes();
      std::fill_n(values.back()->data(), values.back()->size(),
                  static_cast<char>(reinterpret_cast<uintptr_t>(values.back().get()) >> 4));
    } else {
      std::swap(values[random() % values.size()], values.back());
      LargeValue& value = *values.back();
      const char mark = static_cast<char>(reinterpret_cast<uintptr_t>(&value) >> 4);
      ASSERT_EQ(std::count(value.data(), value.data() + value.size(), mark),
                static_cast<ptrdiff_t>(value.size()));
      counted -= value.given_bytes();
      values.pop_back();
    }
    ASSERT_EQ(large_bytes(), counted);
  }
  values.clear();
  EXPECT_EQ(large_bytes(), 0u);
}

#ifndef RINGCACHED_SYSTEM_MALLOC
size_t ResidentBytes() {
  size_t total_pages = 0;
  size_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  return resident_pages * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

TEST_F(LargeValueTest, WhatIsFreedGoesBackToTheSystemButForAShareOfTheBudget) {
  constexpr size_t kValueBytes = 200'000;
  const size_t before_bytes = ResidentBytes();
  std::vector<LargeValueRef> values;
  while (large_bytes() < kLimitBytes) {
    values.emplace_back(heap_.Create(kValueBytes));
    std::fill_n(values.back()->data(), kValueBytes, 'x');
  }
  ASSERT_GT(ResidentBytes(), before_bytes + kLimitBytes / 2);
  values.clear();
  // A 128th is kept; the rest is what the allocator itself has taken meanwhile.
  EXPECT_LT(ResidentBytes(), before_bytes + kLimitBytes / 16);
}
#endif

TEST_F(LargeValueTest, ReferencesMayBeDroppedOnAnyThread) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 2000;
  for (int repeat = 0; repeat < 5; ++repeat) {
    LargeValue* const value = heap_.Create(20'000);
    for (int i = 1; i < kThreads; ++i) value->AddReference();
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([value] {
        for (int round = 0; round < kRounds; ++round) {
          value->AddReference();
          value->DropReference();
        }
        value->DropReference();
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(large_bytes(), 0u);
  }
}

}  // namespace
}  // namespace ringcached::storage
