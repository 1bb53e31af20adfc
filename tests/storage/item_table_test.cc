#include "storage/item_table.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "storage/allocator.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = 64 << 20;

class ItemTableTest : public testing::Test {
 protected:
  ItemTableTest() : allocator_(kLimitBytes, true), table_(&allocator_) {
    EXPECT_TRUE(table_.Init());
  }
  ~ItemTableTest() override {
    for (const ItemRef& item : items_) {
      if (table_.Find({item->key(), item->hash}) == item.get()) table_.Remove(item.get());
    }
  }

  Item* Insert(const std::string& key, uint64_t hash) {
    items_.push_back(Item::Create(&allocator_, {key, hash}, 0, 0, kNeverExpires));
    table_.MakeRoomForOne();
    table_.Insert(items_.back().get());
    return items_.back().get();
  }

  Allocator allocator_;
  ItemTable table_;
  std::vector<ItemRef> items_;
};

TEST_F(ItemTableTest, FindsNothingWhenEmpty) {
  EXPECT_EQ(table_.Find({"a", 1}), nullptr);
  EXPECT_EQ(table_.size(), 0u);
}

TEST_F(ItemTableTest, TellsKeysWithOneHashApart) {
  Item* const a = Insert("a", 7);
  Item* const b = Insert("b", 7);
  Item* const c = Insert("c", 7);
  EXPECT_EQ(table_.Find({"a", 7}), a);
  EXPECT_EQ(table_.Find({"b", 7}), b);
  EXPECT_EQ(table_.Find({"d", 7}), nullptr);
  EXPECT_EQ(table_.Find({"a", 8}), nullptr);
  table_.Remove(b);
  EXPECT_EQ(table_.Find({"a", 7}), a);
  EXPECT_EQ(table_.Find({"b", 7}), nullptr);
  EXPECT_EQ(table_.Find({"c", 7}), c);
  EXPECT_EQ(table_.size(), 2u);
}

TEST_F(ItemTableTest, GrowsAndKeepsEveryItem) {
  const size_t first_bucket_count = table_.bucket_count();
  const size_t count = first_bucket_count * 8;
  // Neighbouring hashes share buckets before the growth and part after it.
  for (size_t i = 0; i < count; ++i) Insert(std::to_string(i), i);
  EXPECT_EQ(table_.bucket_count(), count);
  EXPECT_EQ(table_.size(), count);
  std::set<std::string> seen;
  table_.ForEach([&seen](const Item& item) { seen.emplace(item.key()); });
  EXPECT_EQ(seen.size(), count);
  for (size_t i = 0; i < count; ++i) {
    EXPECT_NE(table_.Find({std::to_string(i), i}), nullptr) << i;
  }
}

TEST_F(ItemTableTest, GoesOnWithLongerChainsIfItCannotGrow) {
  const size_t bucket_count = table_.bucket_count();
  for (size_t i = 0; i < bucket_count; ++i) Insert(std::to_string(i), i);
  items_.push_back(Item::Create(&allocator_, {"one more", 3}, 0, 0, kNeverExpires));
  allocator_.FailNthAllocationForTest(1);
  table_.MakeRoomForOne();
  EXPECT_EQ(table_.bucket_count(), bucket_count);
  table_.Insert(items_.back().get());
  EXPECT_EQ(table_.Find({"one more", 3}), items_.back().get());
  EXPECT_NE(table_.Find({"3", 3}), nullptr);
  table_.MakeRoomForOne();
  EXPECT_EQ(table_.bucket_count(), 2 * bucket_count);
}

}  // namespace
}  // namespace ringcached::storage
