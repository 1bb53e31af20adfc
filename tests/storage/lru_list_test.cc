#include "storage/lru_list.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace ringcached::storage {
namespace {

struct Node : LruLinks {
  int number = 0;
};

std::vector<int> OldestFirst(const LruList<Node>& list) {
  std::vector<int> numbers;
  for (Node* node = list.Oldest(); node != nullptr; node = list.NewerThan(node)) {
    numbers.push_back(node->number);
  }
  return numbers;
}

class LruListTest : public testing::Test {
 protected:
  LruListTest() {
    for (int i = 0; i < 4; ++i) {
      nodes_[static_cast<size_t>(i)].number = i;
      list_.PushNewest(&nodes_[static_cast<size_t>(i)]);
    }
  }

  std::array<Node, 4> nodes_;
  LruList<Node> list_;
};

TEST(LruList, IsEmptyAtFirst) { EXPECT_EQ(LruList<Node>().Oldest(), nullptr); }

TEST_F(LruListTest, KeepsTheOrderOfPushes) {
  EXPECT_EQ(OldestFirst(list_), (std::vector<int>{0, 1, 2, 3}));
}

TEST_F(LruListTest, MovesFromEveryPlaceToTheNewest) {
  list_.MoveToNewest(&nodes_[0]);
  EXPECT_EQ(OldestFirst(list_), (std::vector<int>{1, 2, 3, 0}));
  list_.MoveToNewest(&nodes_[2]);
  EXPECT_EQ(OldestFirst(list_), (std::vector<int>{1, 3, 0, 2}));
  list_.MoveToNewest(&nodes_[2]);
  EXPECT_EQ(OldestFirst(list_), (std::vector<int>{1, 3, 0, 2}));
}

TEST_F(LruListTest, RemovesFromEveryPlaceUntilEmpty) {
  list_.Remove(&nodes_[1]);
  EXPECT_EQ(OldestFirst(list_), (std::vector<int>{0, 2, 3}));
  list_.Remove(&nodes_[3]);
  list_.Remove(&nodes_[0]);
  EXPECT_EQ(OldestFirst(list_), (std::vector<int>{2}));
  list_.Remove(&nodes_[2]);
  EXPECT_EQ(list_.Oldest(), nullptr);
  list_.PushNewest(&nodes_[1]);
  EXPECT_EQ(OldestFirst(list_), (std::vector<int>{1}));
}

}  // namespace
}  // namespace ringcached::storage
