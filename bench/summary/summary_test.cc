#include "bench/summary/summary.h"

#include <gtest/gtest.h>

#include <functional>

namespace ringcached::summary {
namespace {

TEST(SummaryTest, HasTheMiddleAndTheEnds) {
  const Summary odd = Summarize({3, 1, 9});
  EXPECT_EQ(odd.median, 3);
  EXPECT_EQ(odd.lowest, 1);
  EXPECT_EQ(odd.highest, 9);
  EXPECT_EQ(Summarize({4, 1, 2, 9}).median, 3);
}

TEST(SummaryTest, PairsAreComparedWithinTheirRound) {
  const Summary ratio = SummarizePairs({1, 2, 30}, {2, 4, 10}, std::divides<double>());
  EXPECT_EQ(ratio.median, 0.5);
  EXPECT_EQ(ratio.highest, 3);
}

}  // namespace
}  // namespace ringcached::summary
