#include "storage/age_histogram.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>

namespace ringcached::storage {
namespace {

TEST(AgeHistogramTest, BoundsAreInTheirBuckets) {
  for (size_t i = 0; i < AgeHistogram::kUpperSeconds.size(); ++i) {
    AgeHistogram ages;
    ages.Add(AgeHistogram::kUpperSeconds[i]);
    ages.Add(AgeHistogram::kUpperSeconds[i] + 1);
    EXPECT_EQ(ages.counts[i], 1u) << i;
    EXPECT_EQ(ages.counts[i + 1], 1u) << i;
  }
  AgeHistogram ages;
  ages.Add(0);
  ages.Add(std::numeric_limits<uint32_t>::max());
  EXPECT_EQ(ages.counts.front(), 1u);
  EXPECT_EQ(ages.counts.back(), 1u);
}

TEST(AgeHistogramTest, TwoAddUp) {
  AgeHistogram one;
  one.Add(5);
  AgeHistogram both = one;
  both.Add(one);
  EXPECT_EQ(both.counts[1], 2u);
  EXPECT_EQ(both.sum_seconds, 10u);
}

}  // namespace
}  // namespace ringcached::storage
