#include "storage/allocator.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = 1 << 20;

TEST(Allocator, CountsWhatIsReallyGivenPerUse) {
  Allocator allocator(kLimitBytes, true);
  void* const item = allocator.Allocate(MemoryUse::kItem, 100);
  void* const table = allocator.Allocate(MemoryUse::kIndex, 1000);
  EXPECT_GE(allocator.used_bytes(MemoryUse::kItem), 100u);
  EXPECT_EQ(allocator.used_bytes(MemoryUse::kItem),
            Allocator::GivenBytes(MemoryUse::kItem, item, 100));
  EXPECT_GE(allocator.used_bytes(MemoryUse::kIndex), 1000u);
  EXPECT_EQ(allocator.used_bytes(MemoryUse::kFilter), 0u);
  allocator.Free(MemoryUse::kItem, item, 100);
  allocator.Free(MemoryUse::kIndex, table, 1000);
  EXPECT_EQ(allocator.used_bytes(MemoryUse::kItem), 0u);
  EXPECT_EQ(allocator.used_bytes(MemoryUse::kIndex), 0u);
}

TEST(Allocator, GivesWritableMemoryAndTablesOnCacheLines) {
  Allocator allocator(kLimitBytes, true);
  for (const size_t bytes : {1u, 63u, 64u, 65u, 192u, 4095u, 70000u}) {
    void* const memory = allocator.Allocate(MemoryUse::kFilter, bytes);
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % kCacheLineBytes, 0u) << bytes;
    std::memset(memory, 0xab, bytes);
    allocator.Free(MemoryUse::kFilter, memory, bytes);
  }
}

TEST(Allocator, ShortfallIsWhatExceedsTheLimitLessTheCredit) {
  Allocator allocator(kLimitBytes, true);
  EXPECT_EQ(allocator.ShortfallBytes(0), 0u);
  void* const item = allocator.Allocate(MemoryUse::kItem, 2 * kLimitBytes);
  const size_t used_bytes = allocator.used_bytes(MemoryUse::kItem);
  EXPECT_EQ(allocator.ShortfallBytes(0), used_bytes - kLimitBytes);
  EXPECT_EQ(allocator.ShortfallBytes(1000), used_bytes - kLimitBytes - 1000);
  EXPECT_EQ(allocator.ShortfallBytes(used_bytes), 0u);
  allocator.Free(MemoryUse::kItem, item, 2 * kLimitBytes);
}

TEST(Allocator, TablesAreRefusedBeyondTheLimitUnlessTheyDisplaceItems) {
  Allocator strict(kLimitBytes, false);
  Allocator lenient(kLimitBytes, true);
  EXPECT_EQ(strict.Allocate(MemoryUse::kIndex, 2 * kLimitBytes), nullptr);
  void* const table = lenient.Allocate(MemoryUse::kIndex, 2 * kLimitBytes);
  EXPECT_NE(table, nullptr);
  lenient.Free(MemoryUse::kIndex, table, 2 * kLimitBytes);
}

TEST(Allocator, CouldHoldLeavesTheTablesTheirShare) {
  Allocator allocator(kLimitBytes, true);
  EXPECT_TRUE(allocator.CouldHold(kLimitBytes));
  EXPECT_FALSE(allocator.CouldHold(kLimitBytes + 1));
  void* const table = allocator.Allocate(MemoryUse::kIndex, 4096);
  EXPECT_FALSE(allocator.CouldHold(kLimitBytes));
  EXPECT_TRUE(allocator.CouldHold(kLimitBytes / 2));
  allocator.Free(MemoryUse::kIndex, table, 4096);
}

TEST(Allocator, FailsTheNthAllocationOnce) {
  Allocator allocator(kLimitBytes, true);
  allocator.FailNthAllocationForTest(2);
  void* const first = allocator.Allocate(MemoryUse::kItem, 10);
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(allocator.Allocate(MemoryUse::kItem, 10), nullptr);
  void* const third = allocator.Allocate(MemoryUse::kItem, 10);
  EXPECT_NE(third, nullptr);
  EXPECT_EQ(allocator.FailNthAllocationForTest(5), 0u);
  EXPECT_EQ(allocator.FailNthAllocationForTest(0), 5u);
  allocator.Free(MemoryUse::kItem, first, 10);
  allocator.Free(MemoryUse::kItem, third, 10);
}

}  // namespace
}  // namespace ringcached::storage
