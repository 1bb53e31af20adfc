// What may be touched is asked of the system, by having it read the byte: it refuses where a touch
// would be the end of the test.

#include "storage/mapped_range.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

#include "tests/storage/memory_refusal.h"

namespace ringcached::storage {
namespace {

class MappedRangeTest : public testing::Test {
 protected:
  MappedRangeTest() { EXPECT_EQ(pipe2(pipe_, O_NONBLOCK | O_CLOEXEC), 0); }
  ~MappedRangeTest() override {
    close(pipe_[0]);
    close(pipe_[1]);
  }

  bool Readable(const char* byte) {
    char read_back = 0;
    return write(pipe_[1], byte, 1) == 1 && read(pipe_[0], &read_back, 1) == 1;
  }
  static bool Holds(const MappedRange& range, size_t begin, size_t end, char value) {
    return std::all_of(range.data() + begin, range.data() + end,
                       [value](char byte) { return byte == value; });
  }

  const size_t page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));

 private:
  int pipe_[2] = {};
};

TEST_F(MappedRangeTest, IsEmptyUntilItIsGivenSomething) {
  const MappedRange range;
  EXPECT_TRUE(range.empty());
  EXPECT_EQ(range.data(), nullptr);
  EXPECT_EQ(range.bytes(), 0u);
}

TEST_F(MappedRangeTest, MappedMemoryIsZeroAndWritable) {
  const size_t bytes = 3 * page_ + 100;
  const MappedRange range = MappedRange::Map(bytes);
  ASSERT_FALSE(range.empty());
  EXPECT_EQ(range.bytes(), bytes);
  EXPECT_TRUE(Holds(range, 0, bytes, 0));
  std::fill_n(range.data(), bytes, 'x');
  EXPECT_TRUE(Holds(range, 0, bytes, 'x'));
}

TEST_F(MappedRangeTest, ReservedMemoryMayBeTouchedOnlyWhereItIsCommitted) {
  MappedRange range = MappedRange::Reserve(4 * page_);
  ASSERT_FALSE(range.empty());
  EXPECT_EQ(range.bytes(), 4 * page_);
  EXPECT_FALSE(Readable(range.data()));
  ASSERT_TRUE(range.Commit(page_, 2 * page_));
  EXPECT_FALSE(Readable(range.data() + page_ - 1));
  EXPECT_TRUE(Readable(range.data() + page_));
  EXPECT_TRUE(Readable(range.data() + 3 * page_ - 1));
  EXPECT_FALSE(Readable(range.data() + 3 * page_));
  EXPECT_TRUE(Holds(range, page_, 3 * page_, 0));
  std::fill_n(range.data() + page_, 2 * page_, 'x');
  EXPECT_TRUE(Holds(range, page_, 3 * page_, 'x'));
}

TEST_F(MappedRangeTest, DiscardedPagesReadAsZeroAndThoseAtTheEdgesStay) {
  MappedRange range = MappedRange::Map(4 * page_);
  std::fill_n(range.data(), 4 * page_, 'x');
  range.Discard(page_ - 1, 2 * page_ + 2);
  EXPECT_TRUE(Holds(range, 0, page_, 'x'));
  EXPECT_TRUE(Holds(range, page_, 3 * page_, 0));
  EXPECT_TRUE(Holds(range, 3 * page_, 4 * page_, 'x'));
  // They may be written again.
  range.data()[page_] = 'y';
  EXPECT_EQ(range.data()[page_], 'y');
}

TEST_F(MappedRangeTest, DiscardingLessThanAPageDiscardsNothing) {
  MappedRange range = MappedRange::Map(2 * page_);
  std::fill_n(range.data(), 2 * page_, 'x');
  range.Discard(1, page_ - 1);
  range.Discard(0, page_ - 1);
  range.Discard(page_ / 2, page_);
  range.Discard(page_, 0);
  EXPECT_TRUE(Holds(range, 0, 2 * page_, 'x'));
}

TEST_F(MappedRangeTest, MovingHandsTheMemoryOn) {
  MappedRange first = MappedRange::Map(page_);
  first.data()[0] = 'x';
  char* const data = first.data();
  MappedRange second(std::move(first));
  EXPECT_EQ(second.data(), data);
  EXPECT_EQ(second.bytes(), page_);
  MappedRange third;
  third = std::move(second);
  EXPECT_EQ(third.data(), data);
  EXPECT_EQ(third.bytes(), page_);
  EXPECT_EQ(data[0], 'x');
}

TEST_F(MappedRangeTest, IsUnmappedByItsLastOwnerAlone) {
  char* data = nullptr;
  {
    MappedRange outer;
    {
      MappedRange inner = MappedRange::Map(page_);
      data = inner.data();
      outer = std::move(inner);
    }
    EXPECT_TRUE(Readable(data));
  }
  EXPECT_FALSE(Readable(data));
}

// As with -k. The system refuses the ordinary way of giving such memory back.
TEST_F(MappedRangeTest, LockedMemoryReadsAsZeroAfterADiscardToo) {
  MappedRange range = MappedRange::Map(3 * page_);
  ASSERT_EQ(mlock(range.data(), range.bytes()), 0);
  std::memset(range.data(), 'x', range.bytes());
  range.Discard(page_, page_);
  EXPECT_EQ(range.data()[page_ - 1], 'x');
  EXPECT_EQ(std::string(range.data() + page_, page_), std::string(page_, '\0'));
  EXPECT_EQ(range.data()[2 * page_], 'x');
}

TEST_F(MappedRangeTest, WhatTheSystemRefusesIsEmpty) {
  constexpr size_t kMoreThanThereIs = size_t{1} << 60;
  EXPECT_TRUE(MappedRange::Reserve(kMoreThanThereIs).empty());
  EXPECT_TRUE(MappedRange::Map(kMoreThanThereIs).empty());
}

TEST_F(MappedRangeTest, ACommitThatTheSystemRefusesLeavesThePartAsItWas) {
  MappedRange range = MappedRange::Reserve(2 * page_);
  ASSERT_TRUE(range.Commit(0, page_));
  range.data()[0] = 'x';
  bool committed = true;
  {
    const MemoryRefusal refusal(RLIMIT_DATA);
    committed = range.Commit(page_, page_);
  }
  EXPECT_FALSE(committed);
  EXPECT_FALSE(Readable(range.data() + page_));
  EXPECT_EQ(range.data()[0], 'x');
  EXPECT_TRUE(range.Commit(page_, page_));
  EXPECT_TRUE(Readable(range.data() + page_));
}

TEST_F(MappedRangeTest, SizesAreRoundedUpToWholePages) {
  EXPECT_EQ(RoundUpToPages(0), 0u);
  EXPECT_EQ(RoundUpToPages(1), page_);
  EXPECT_EQ(RoundUpToPages(page_), page_);
  EXPECT_EQ(RoundUpToPages(page_ + 1), 2 * page_);
}

TEST_F(MappedRangeTest, AReservedRangeBeginsWhereAHugePageMay) {
  for (const size_t bytes : {page_, kHugePageBytes, 3 * kHugePageBytes + page_}) {
    const MappedRange range = MappedRange::Reserve(bytes);
    ASSERT_FALSE(range.empty());
    EXPECT_EQ(range.bytes(), bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(range.data()) % kHugePageBytes, 0u);
  }
}

// What the kernel notes of the mapping at `address`, in /proc/self/smaps.
std::string NotesOf(const char* address) {
  std::ifstream maps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2) {
      inside = wanted >= begin && wanted < end;
    } else if (inside && line.rfind("VmFlags:", 0) == 0) {
      return line + " ";
    }
  }
  return {};
}

// Whether the kernel gives them is its business.
TEST_F(MappedRangeTest, HugePagesAreAskedForWherePreferred) {
  MappedRange plain = MappedRange::Map(2 * kHugePageBytes);
  EXPECT_EQ(NotesOf(plain.data()).find(" hg "), std::string::npos);
  plain.PreferHugePages();
  EXPECT_NE(NotesOf(plain.data()).find(" hg "), std::string::npos);
  MappedRange reserved = MappedRange::Reserve(2 * kHugePageBytes);
  reserved.PreferHugePages();
  ASSERT_TRUE(reserved.Commit(0, kHugePageBytes));
  EXPECT_NE(NotesOf(reserved.data()).find(" hg "), std::string::npos);
}

}  // namespace
}  // namespace ringcached::storage
