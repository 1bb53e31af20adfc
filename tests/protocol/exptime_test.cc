#include "protocol/exptime.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "protocol/limits.h"

namespace ringcached::protocol {
namespace {

using storage::CacheSecond;

constexpr TurnTime kTime{.now = 1000, .unix_seconds = 1'700'000'000};
constexpr CacheSecond kLastSecond = std::numeric_limits<CacheSecond>::max();

TEST(ExpiryFromExptime, ZeroNeverEnds) {
  EXPECT_EQ(ExpiryFromExptime(0, kTime), storage::kNeverExpires);
}

TEST(ExpiryFromExptime, NegativeHasEnded) {
  EXPECT_EQ(ExpiryFromExptime(-1, kTime), storage::kAlreadyExpired);
  EXPECT_EQ(ExpiryFromExptime(std::numeric_limits<int64_t>::min(), kTime),
            storage::kAlreadyExpired);
}

TEST(ExpiryFromExptime, NegativeInThirtyTwoBitsWithoutSignHasEnded) {
  constexpr int64_t kMinusOne = (int64_t{1} << 32) - 1;
  EXPECT_EQ(ExpiryFromExptime(kMinusOne, kTime), storage::kAlreadyExpired);
  const int64_t first = kMinusOne + 1 - kMaxRelativeExptimeSeconds;
  EXPECT_EQ(ExpiryFromExptime(first, kTime), storage::kAlreadyExpired);
  EXPECT_EQ(ExpiryFromExptime(first - 1, kTime), 1000 + first - 1 - kTime.unix_seconds);
  EXPECT_EQ(ExpiryFromExptime(kMinusOne + 1, kTime), 1000 + kMinusOne + 1 - kTime.unix_seconds);
}

TEST(ExpiryFromExptime, UpTo30DaysCountsFromNow) {
  EXPECT_EQ(ExpiryFromExptime(1, kTime), 1001u);
  EXPECT_EQ(ExpiryFromExptime(kMaxRelativeExptimeSeconds, kTime), 1000u + 2'592'000u);
}

TEST(ExpiryFromExptime, AboveIsUnixTime) {
  EXPECT_EQ(ExpiryFromExptime(kMaxRelativeExptimeSeconds + 1, kTime), storage::kAlreadyExpired);
  EXPECT_EQ(ExpiryFromExptime(kTime.unix_seconds - 1, kTime), storage::kAlreadyExpired);
  EXPECT_EQ(ExpiryFromExptime(kTime.unix_seconds, kTime), storage::kAlreadyExpired);
  EXPECT_EQ(ExpiryFromExptime(kTime.unix_seconds + 1, kTime), 1001u);
  EXPECT_EQ(ExpiryFromExptime(kTime.unix_seconds + 100, kTime), 1100u);
}

// The clock's last second is a time like any other, and never one of the two reserved values.
TEST(ExpiryFromExptime, BeyondTheClockIsItsLastSecond) {
  const int64_t last = kTime.unix_seconds + int64_t{kLastSecond} - kTime.now;
  EXPECT_EQ(ExpiryFromExptime(last - 1, kTime), kLastSecond - 1);
  EXPECT_EQ(ExpiryFromExptime(last, kTime), kLastSecond);
  EXPECT_EQ(ExpiryFromExptime(last + 1, kTime), kLastSecond);
  EXPECT_EQ(ExpiryFromExptime(last + (int64_t{1} << 32), kTime), kLastSecond);
  EXPECT_EQ(ExpiryFromExptime(std::numeric_limits<int64_t>::max(), kTime), kLastSecond);
}

TEST(ExpiryFromExptime, ClockNearItsEnd) {
  const TurnTime late{.now = kLastSecond - 5, .unix_seconds = 5'000'000'000};
  EXPECT_EQ(ExpiryFromExptime(5, late), kLastSecond);
  EXPECT_EQ(ExpiryFromExptime(6, late), kLastSecond);
  EXPECT_EQ(ExpiryFromExptime(late.unix_seconds + 4, late), kLastSecond - 1);
}

// A wall clock that was set back to the epoch or before must not overflow the difference.
TEST(ExpiryFromExptime, WallClockAtItsEnds) {
  const TurnTime epoch{.now = 10, .unix_seconds = 0};
  EXPECT_EQ(ExpiryFromExptime(std::numeric_limits<int64_t>::max(), epoch), kLastSecond);
  EXPECT_EQ(ExpiryFromExptime(kMaxRelativeExptimeSeconds + 1, epoch), 2'592'011u);
}

}  // namespace
}  // namespace ringcached::protocol
