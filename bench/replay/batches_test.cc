#include "bench/replay/batches.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "bench/replay/object_space.h"

namespace ringcached::replay {
namespace {

using Objects = std::vector<uint64_t>;

TEST(BatchesTest, EndsBeforeAnObjectRepeats) {
  const trace::Trace trace{.ids = {0, 1, 0, 0, 1}, .key_count = 2};
  Batches batches(trace, 1, 100);
  EXPECT_EQ(batches.Next(), (Objects{0, 1}));
  EXPECT_EQ(batches.Next(), (Objects{0}));
  EXPECT_EQ(batches.Next(), (Objects{0, 1}));
  EXPECT_TRUE(batches.Next().empty());
}

TEST(BatchesTest, HoldsAllCopiesOfAnIdAndNoMoreThanItsLimit) {
  const trace::Trace trace{.ids = {0, 1, 2}, .key_count = 3};
  Batches batches(trace, 2, 4);
  EXPECT_EQ(batches.Next(), (Objects{0, 1, 2, 3}));
  EXPECT_EQ(batches.Next(), (Objects{4, 5}));
  Batches small(trace, 2, 1);
  EXPECT_EQ(small.Next(), (Objects{0, 1}));
}

TEST(ObjectSpaceTest, KeysAndValuesAreTheObjects) {
  const ObjectSpace objects(trace::SizeModel(100), 100);
  std::string one;
  std::string other;
  objects.AppendKey(1, one);
  objects.AppendKey(2, other);
  EXPECT_EQ(one.size(), ObjectSpace::kKeyBytes);
  EXPECT_NE(one, other);
  EXPECT_EQ(objects.Value(1).size(), 100u);
  EXPECT_NE(objects.Value(1), objects.Value(2));
  EXPECT_EQ(objects.Value(1), ObjectSpace(trace::SizeModel(100), 100).Value(1));
}

}  // namespace
}  // namespace ringcached::replay
