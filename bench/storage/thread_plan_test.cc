#include "bench/storage/thread_plan.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/load/zipf.h"

namespace ringcached::storage {
namespace {

constexpr uint32_t kKeys = 1000;
constexpr size_t kCount = 100'000;

TEST(ThreadPlanTest, TheFirstKeyComesAsOftenAsZipfSays) {
  const auto operations = PlanOperations({.name = "gets"}, kKeys, kCount, /*seed=*/1);
  std::vector<size_t> times(kKeys);
  for (const PlannedOperation& operation : operations) {
    ASSERT_LT(operation.key, kKeys);
    ++times[operation.key];
  }
  // The sum of 1 / k^0.99 up to 1000 is 7.73; the key of the tenth rank weighs 0.102.
  const uint64_t tenth = load::ZipfKeys(kKeys, 0.99).KeyOf(10);
  EXPECT_NEAR(static_cast<double>(times[0]) / kCount, 1 / 7.73, 0.005);
  EXPECT_NEAR(static_cast<double>(times[tenth]) / kCount, 0.102 / 7.73, 0.002);
}

TEST(ThreadPlanTest, OneKeyIsAlwaysTheFirst) {
  const auto operations = PlanOperations({.name = "one", .one_key = true}, kKeys, 1000, 1);
  for (const PlannedOperation& operation : operations) EXPECT_EQ(operation.key, 0u);
}

TEST(ThreadPlanTest, SetsHaveTheirShare) {
  for (const int percent : {0, 10, 50}) {
    size_t sets = 0;
    const ThreadLoad load{.name = "mixed", .sets_percent = percent};
    for (const auto& operation : PlanOperations(load, kKeys, kCount, 1)) sets += operation.is_set;
    EXPECT_NEAR(static_cast<double>(sets) / kCount, percent / 100.0, percent == 0 ? 0 : 0.01);
  }
}

TEST(ThreadPlanTest, SeedsGiveDifferentOperations) {
  const auto first = PlanOperations({.name = "gets"}, kKeys, 100, 1);
  const auto second = PlanOperations({.name = "gets"}, kKeys, 100, 2);
  size_t same = 0;
  for (size_t i = 0; i < first.size(); ++i) same += first[i].key == second[i].key;
  EXPECT_LT(same, 50u);
}

TEST(ThreadPlanTest, SerialShareIsThatOfAmdahlsLaw) {
  constexpr double kShare = 0.05;
  std::vector<ThreadPoint> points;
  for (const size_t threads : {1u, 2u, 4u, 8u}) {
    points.push_back({threads, 1 / (1 + kShare * (static_cast<double>(threads) - 1))});
  }
  EXPECT_NEAR(SerialShare(points), kShare, 1e-9);
}

TEST(ThreadPlanTest, OneThreadHasNoSerialShare) {
  const std::array<ThreadPoint, 1> points = {{{1, 0.9}}};
  EXPECT_EQ(SerialShare(points), 0);
}

}  // namespace
}  // namespace ringcached::storage
