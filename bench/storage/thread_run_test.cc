#include "bench/storage/thread_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "bench/storage/filled_cache.h"

namespace ringcached::storage {
namespace {

class VersionedValuesTest : public testing::Test {
 protected:
  static constexpr uint32_t kKey = 7;

  std::array<char, kValueBytes> Of(uint32_t version) const {
    std::array<char, kValueBytes> value;
    values_.Write(kKey, version, value.data());
    return value;
  }

  const VersionedValues values_;
};

TEST_F(VersionedValuesTest, EveryVersionIsRight) {
  for (const uint32_t version : {0u, 1u, 2u, ~0u}) {
    EXPECT_TRUE(values_.IsRight(kKey, Of(version).data())) << version;
  }
}

TEST_F(VersionedValuesTest, AnotherKeysValueIsWrong) {
  EXPECT_FALSE(values_.IsRight(kKey + 1, Of(1).data()));
}

TEST_F(VersionedValuesTest, AWrongByteAnywhereIsFound) {
  for (size_t i = 0; i < kValueBytes; ++i) {
    auto value = Of(1);
    value[i] ^= 1;
    EXPECT_FALSE(values_.IsRight(kKey, value.data())) << i;
  }
}

TEST_F(VersionedValuesTest, TwoVersionsInOneAreWrong) {
  auto value = Of(1);
  const auto other = Of(2);
  std::copy(other.begin() + kValueBytes / 2, other.end(), value.begin() + kValueBytes / 2);
  EXPECT_FALSE(values_.IsRight(kKey, value.data()));
}

TEST(ThreadRunTest, ReadsAndStoresRightValues) {
  const ThreadLoad load{.name = "mixed", .sets_percent = 50};
  const ThreadRunResult result =
      ThreadRun(load, {.threads = 2, .keys = 100, .pairs = 1, .slice_ms = 10}).Run();
  EXPECT_EQ(result.pairs.size(), 1u);
  EXPECT_GT(result.checked, 0u);
  EXPECT_EQ(result.wrong_values, 0u);
  EXPECT_EQ(result.not_stored, 0u);
}

}  // namespace
}  // namespace ringcached::storage
