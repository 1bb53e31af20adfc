#include "bench/load/zipf.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <vector>

namespace ringcached::load {
namespace {

constexpr uint64_t kKeys = 1000;
constexpr int kDraws = 400'000;

std::vector<int> Drawn(ZipfKeys keys) {
  std::mt19937_64 random(1);
  std::vector<int> counts(kKeys);
  for (int i = 0; i < kDraws; ++i) ++counts[keys(random)];
  return counts;
}

TEST(ZipfKeysTest, EveryRankHasAKeyOfItsOwn) {
  for (const uint64_t count : {uint64_t{1}, uint64_t{2}, uint64_t{6}, uint64_t{1000}}) {
    const ZipfKeys keys(count, 1);
    std::set<uint64_t> seen;
    for (uint64_t rank = 1; rank <= count; ++rank) seen.insert(keys.KeyOf(rank));
    EXPECT_EQ(seen.size(), count);
    EXPECT_LT(*seen.rbegin(), count);
  }
}

TEST(ZipfKeysTest, RanksComeAsOftenAsTheLawSays) {
  for (const double exponent : {0.5, 0.99, 1.0, 1.3}) {
    const ZipfKeys keys(kKeys, exponent);
    const std::vector<int> counts = Drawn(keys);
    double all = 0;
    for (uint64_t rank = 1; rank <= kKeys; ++rank) all += std::pow(rank, -exponent);
    for (const uint64_t rank : {uint64_t{1}, uint64_t{2}, uint64_t{3}, uint64_t{10}}) {
      const double expected = kDraws * std::pow(rank, -exponent) / all;
      EXPECT_NEAR(counts[keys.KeyOf(rank)], expected, 5 * std::sqrt(expected))
          << "rank " << rank << ", exponent " << exponent;
    }
  }
}

TEST(ZipfKeysTest, WithoutAnExponentAllComeAlike) {
  const double expected = static_cast<double>(kDraws) / kKeys;
  for (const int count : Drawn(ZipfKeys(kKeys, 0))) {
    EXPECT_NEAR(count, expected, 6 * std::sqrt(expected));
  }
}

}  // namespace
}  // namespace ringcached::load
