#include "bench/load/histogram.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace ringcached::load {
namespace {

TEST(HistogramTest, IsZeroWhenEmpty) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.QuantileNs(0.5), 0u);
}

TEST(HistogramTest, IsExactForShortDurations) {
  Histogram histogram;
  for (uint64_t duration_ns = 1; duration_ns <= 100; ++duration_ns) histogram.Add(duration_ns);
  EXPECT_EQ(histogram.QuantileNs(0.01), 1u);
  EXPECT_EQ(histogram.QuantileNs(0.5), 50u);
  EXPECT_EQ(histogram.QuantileNs(0.99), 99u);
  EXPECT_EQ(histogram.QuantileNs(1), 100u);
}

TEST(HistogramTest, IsAtMostOneBucketAboveTheTruth) {
  for (uint64_t duration_ns = 1; duration_ns < Histogram::kMaxNs / 3; duration_ns *= 3) {
    Histogram histogram;
    histogram.Add(duration_ns);
    histogram.Add(3 * duration_ns);
    const uint64_t median_ns = histogram.QuantileNs(0.5);
    EXPECT_GE(median_ns, duration_ns);
    EXPECT_LE(median_ns, duration_ns + duration_ns / 64);
  }
}

TEST(HistogramTest, CountsWhatIsTooLongAsTheLongest) {
  Histogram histogram;
  histogram.Add(UINT64_MAX);
  EXPECT_EQ(histogram.QuantileNs(1), Histogram::kMaxNs);
  EXPECT_EQ(histogram.max_ns(), Histogram::kMaxNs);
}

}  // namespace
}  // namespace ringcached::load
