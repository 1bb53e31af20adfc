#include "server/admin/monotonic_difference.h"

#include <gtest/gtest.h>

namespace ringcached::server {
namespace {

TEST(MonotonicDifferenceTest, IsTheDifference) {
  MonotonicDifference difference;
  EXPECT_EQ(difference.Of(10, 3), 7u);
  EXPECT_EQ(difference.Of(20, 5), 15u);
}

// A part that was counted after the whole was read.
TEST(MonotonicDifferenceTest, NeverFalls) {
  MonotonicDifference difference;
  EXPECT_EQ(difference.Of(10, 3), 7u);
  EXPECT_EQ(difference.Of(10, 5), 7u);
  EXPECT_EQ(difference.Of(10, 12), 7u);
  EXPECT_EQ(difference.Of(14, 6), 8u);
}

}  // namespace
}  // namespace ringcached::server
