#include "bench/trace/size_model.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace ringcached::trace {
namespace {

constexpr uint32_t kAnyLength = 1u << 20;

TEST(SizeModelTest, OneLength) {
  const SizeModel model(100);
  for (uint64_t object = 0; object < 100; ++object) EXPECT_EQ(model.ValueBytes(object), 100u);
}

TEST(SizeModelTest, DrawsByWeight) {
  const auto model = SizeModel::Parse(
      R"({"valSizeRangeProbability": [1, 0, 3], "valSizeRange": [10, 20, 30]})", kAnyLength);
  ASSERT_TRUE(model.ok());
  std::array<int, 31> drawn{};
  for (uint64_t object = 0; object < 10'000; ++object) ++drawn.at(model->ValueBytes(object));
  EXPECT_EQ(drawn[10] + drawn[30], 10'000);
  EXPECT_NEAR(drawn[10], 2'500, 250);
}

TEST(SizeModelTest, SameObjectSameLength) {
  constexpr const char* kJson =
      R"({"valSizeRangeProbability": [1, 1, 1], "valSizeRange": [10, 20, 30]})";
  const auto one = SizeModel::Parse(kJson, kAnyLength);
  const auto other = SizeModel::Parse(kJson, kAnyLength);
  ASSERT_TRUE(one.ok() && other.ok());
  for (uint64_t object = 0; object < 100; ++object) {
    EXPECT_EQ(one->ValueBytes(object), other->ValueBytes(object));
  }
}

TEST(SizeModelTest, CutsLongValues) {
  const auto model =
      SizeModel::Parse(R"({"valSizeRangeProbability": [1], "valSizeRange": [1000]})", 300);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(model->ValueBytes(1), 300u);
}

TEST(SizeModelTest, RefusesWhatIsNoHistogram) {
  for (const char* const json : {
           "",
           R"({"valSizeRange": [1]})",
           R"({"valSizeRangeProbability": [1, 2], "valSizeRange": [1]})",
           R"({"valSizeRangeProbability": [0], "valSizeRange": [1]})",
           R"({"valSizeRangeProbability": [x], "valSizeRange": [1]})",
           R"({"valSizeRangeProbability": [], "valSizeRange": []})",
           R"({"valSizeRangeProbability": [1], "valSizeRange": [1)",
       }) {
    EXPECT_FALSE(SizeModel::Parse(json, kAnyLength).ok()) << json;
  }
  EXPECT_FALSE(SizeModel::Read("/nonexistent", kAnyLength).ok());
}

}  // namespace
}  // namespace ringcached::trace
