// Items of every shape, written and read back.

#include "storage/item.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>

#include "storage/large_value.h"
#include "storage/memory_ledger.h"

namespace ringcached::storage {
namespace {

constexpr uint64_t kCasReach = uint64_t{1} << (kItemCasBits - 1);
constexpr CasNumbering kNumbering{.shard_bits = 4, .shard = 5};

class ItemTest : public testing::Test {
 protected:
  Item* Write(ItemSpec spec, uint64_t cas_base) {
    Item::FitCas(kNumbering, cas_base, &spec);
    return Item::Write(place_.data(), spec);
  }

  static void ExpectSame(const ItemSpec& found, const ItemSpec& wanted) {
    EXPECT_EQ(found.key, wanted.key);
    EXPECT_EQ(found.client_flags, wanted.client_flags);
    EXPECT_EQ(found.expiry, wanted.expiry);
    EXPECT_EQ(found.cas, wanted.cas);
    EXPECT_EQ(found.fetched, wanted.fetched);
    EXPECT_EQ(found.stale, wanted.stale);
    EXPECT_EQ(found.promised, wanted.promised);
    EXPECT_EQ(found.value, wanted.value);
    EXPECT_EQ(found.large, wanted.large);
    EXPECT_EQ(found.numeric, wanted.numeric);
    EXPECT_EQ(found.number, wanted.number);
    EXPECT_EQ(found.number_width, wanted.number_width);
  }

  alignas(8) std::array<char, 32768> place_ = {};
};

TEST_F(ItemTest, EveryCombinationOfFieldsComesBack) {
  MemoryLedger ledger(size_t{1} << 20);
  LargeValueHeap heap(&ledger);
  const LargeValueRef large(heap.Create(100));
  const std::string text(16'384, 'v');
  for (unsigned fields = 0; fields < 16; ++fields) {
    for (const int kind : {0, 1, 2, 3}) {
      ItemSpec spec;
      spec.key = std::string_view(text).substr(0, 1 + fields * 16);
      if ((fields & 1) != 0) spec.expiry = 77;
      if ((fields & 2) != 0) spec.client_flags = 0xfffffffe;
      spec.cas = kNumbering.Number((fields & 4) != 0 ? 5 : kCasReach * 4);
      spec.fetched = (fields & 8) != 0;
      spec.stale = (fields & 3) == 1;
      spec.promised = (fields & 3) == 2;
      if (kind == 1) spec.value = text;
      if (kind == 2) spec.large = large.get();
      if (kind == 3) {
        spec.numeric = true;
        spec.number = ~uint64_t{0};
        spec.number_width = 20;
      }
      const Item* const item = Write(spec, 0);
      SCOPED_TRACE(testing::Message() << fields << " " << kind);
      ExpectSame(SpecOf(*item, item->cas(kNumbering, 0)), spec);
      EXPECT_FALSE(item->is_gap());
      EXPECT_EQ(item->size_bytes() % kItemAlignBytes, 0u);
    }
  }
}

TEST_F(ItemTest, AHeaderIsAllThatAPlainItemAdds) {
  ItemSpec spec;
  spec.key = "key4";
  spec.value = "12345678";
  EXPECT_EQ(Item::SizeBytes(spec), 8u + 4u + 8u);
}

TEST_F(ItemTest, TheLowBitsOfCasAreEnoughWithinReachOfTheBase) {
  ItemSpec spec;
  spec.key = "k";
  const uint64_t base = kCasReach * 6 - 3;
  for (const uint64_t counter : {base, base + 1, base - 1, base + kCasReach - 1, base - kCasReach,
                                 base + kCasReach, base - kCasReach - 1}) {
    spec.cas = kNumbering.Number(counter);
    const Item* const item = Write(spec, base);
    EXPECT_EQ(item->cas(kNumbering, base), spec.cas);
    const auto distance = static_cast<int64_t>(counter - base);
    const auto reach = static_cast<int64_t>(kCasReach);
    EXPECT_EQ(item->has(Item::kHasCas), distance < -reach || distance >= reach) << distance;
  }
}

TEST_F(ItemTest, ANumberThatNoShardGivesIsKeptWhole) {
  ItemSpec spec;
  spec.key = "k";
  for (const uint64_t cas : {uint64_t{0}, kNumbering.Number(7) + 1, ~uint64_t{0}}) {
    spec.cas = cas;
    const Item* const item = Write(spec, 7);
    EXPECT_EQ(item->cas(kNumbering, 7), cas);
    EXPECT_TRUE(item->has(Item::kHasCas));
  }
}

TEST_F(ItemTest, ANumberAndAnExpiryChangeInPlace) {
  ItemSpec spec;
  spec.key = "n";
  spec.expiry = 50;
  spec.numeric = true;
  spec.number = 7;
  spec.number_width = 3;
  Item* const item = Write(spec, 0);
  const size_t bytes = item->size_bytes();
  item->set_number(123, 9);
  item->set_expiry(kNeverExpires);
  item->set_fetched();
  EXPECT_EQ(item->number(), 123u);
  EXPECT_EQ(item->cas(kNumbering, 0), 9u);
  EXPECT_EQ(item->expiry(), kNeverExpires);
  EXPECT_TRUE(item->fetched());
  EXPECT_EQ(item->key(), "n");
  EXPECT_EQ(item->size_bytes(), bytes);
  EXPECT_EQ(NumberText(item->number(), item->value_bytes() + 2).view(), "123  ");
}

}  // namespace
}  // namespace ringcached::storage
