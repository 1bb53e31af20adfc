#include "bench/compare/rows.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

namespace ringcached::compare {
namespace {

TEST(RowsTest, AMetTargetPasses) {
  const Load load{.name = "a", .at_most = 0.5};
  EXPECT_EQ(ReferenceRow(load, "other", {.judged = {1}, .reference = {2}}),
            "a cpu_us/request other 1.000 2.000 0.500 0.500 0.500 0.50 passed\n");
}

TEST(RowsTest, AMissedTargetFails) {
  const Load load{.name = "a", .rate_share = 0.6, .figure = Figure::kP999, .at_most = 1};
  EXPECT_EQ(ReferenceRow(load, "other", {.judged = {3}, .reference = {2}, .rate = 500}),
            "a p99.9_us_at_500/s other 3.000 2.000 1.500 1.500 1.500 1.00 FAILED\n");
}

TEST(RowsTest, TheFloorIsAFactorOrAnAddition) {
  const Load factor{.name = "a", .floor = FloorTarget{.factor = 1.1}};
  EXPECT_EQ(FloorRow(factor, {.judged = {3}, .floor = {2}}),
            "a cpu_us/request floor 3.000 2.000 1.500 1.500 1.500 1.10 FAILED\n");
  const Load addition{.name = "a", .floor = FloorTarget{.plus_us = 0.5}};
  EXPECT_EQ(FloorRow(addition, {.judged = {2.5}, .floor = {2}}),
            "a cpu_us/request floor_us 2.500 2.000 0.500 0.500 0.500 0.50 passed\n");
}

TEST(RowsTest, TheFloorsShareHasNoTarget) {
  const Load load{.name = "a", .floor = FloorTarget{.factor = 1.1}};
  EXPECT_EQ(FloorShareRow(load, "other", {.judged = {3}, .reference = {4}, .floor = {2}}),
            "a floor_cpu_us/request other 2.000 4.000 0.500 0.500 0.500 - -\n");
}

TEST(LoadsTest, HaveNamesAndStores) {
  std::set<std::string_view> names;
  for (const Load& load : Loads()) {
    EXPECT_TRUE(names.insert(load.name).second) << load.name;
    EXPECT_NE(FindStore(load.store), nullptr) << load.name;
  }
  EXPECT_EQ(FindStore("none"), nullptr);
}

}  // namespace
}  // namespace ringcached::compare
