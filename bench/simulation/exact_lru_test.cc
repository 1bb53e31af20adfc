#include "bench/simulation/exact_lru.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <list>
#include <vector>

#include "bench/simulation/segmented_lru.h"
#include "bench/trace/mix.h"

namespace ringcached::simulation {
namespace {

TEST(ExactLruTest, DropsTheLeastRecentlyUsed) {
  const std::vector<uint32_t> bytes(4, 10);
  ExactLru lru(bytes, {.max_bytes = 30});
  for (const Object object : {0u, 1u, 2u}) lru.Set(object, 0, kNever);
  EXPECT_FALSE(lru.full());
  EXPECT_TRUE(lru.Get(0, 0));
  lru.Set(3, 0, kNever);
  EXPECT_TRUE(lru.full());
  EXPECT_FALSE(lru.Get(1, 0));
  for (const Object object : {0u, 2u, 3u}) EXPECT_TRUE(lru.Get(object, 0));
  EXPECT_EQ(lru.item_bytes(), 30u);
}

// A list of objects, newest first, searched from its start.
class TinyLru {
 public:
  explicit TinyLru(size_t max_items) : max_items_(max_items) {}

  bool Get(Object object) {
    for (auto at = list_.begin(); at != list_.end(); ++at) {
      if (*at != object) continue;
      list_.splice(list_.begin(), list_, at);
      return true;
    }
    return false;
  }
  void Set(Object object) {
    if (Get(object)) return;
    list_.push_front(object);
    if (list_.size() > max_items_) list_.pop_back();
  }

 private:
  const size_t max_items_;
  std::list<Object> list_;
};

TEST(ExactLruTest, IsATinyLru) {
  const std::vector<uint32_t> bytes(50, 1);
  ExactLru lru(bytes, {.max_items = 20});
  TinyLru tiny(20);
  for (uint64_t step = 0; step < 20'000; ++step) {
    const auto object = static_cast<Object>(trace::Mix(step) % bytes.size());
    ASSERT_EQ(lru.Get(object, 0), tiny.Get(object)) << step;
    if (step % 3 != 0) continue;
    lru.Set(object, 0, kNever);
    tiny.Set(object);
  }
}

TEST(ExactLruTest, EndsAtItsExpiry) {
  const std::vector<uint32_t> bytes(1, 10);
  ExactLru lru(bytes, {.max_bytes = 100});
  lru.Set(0, 5, 8);
  EXPECT_TRUE(lru.Get(0, 7));
  EXPECT_FALSE(lru.Get(0, 8));
  EXPECT_EQ(lru.item_count(), 0u);
}

TEST(SegmentedLruTest, IsWithinItsBytesAndKeepsWhatIsUsed) {
  const std::vector<uint32_t> bytes(1'000, 10);
  SegmentedLru lru(bytes, 1'000);
  lru.Set(0, 0, kNever);
  for (Object object = 1; object < 1'000; ++object) {
    lru.Set(object, 0, kNever);
    ASSERT_TRUE(lru.Get(0, 0)) << object;
    ASSERT_LE(lru.item_bytes(), 1'000u);
  }
  EXPECT_FALSE(lru.Get(1, 0));
  EXPECT_TRUE(lru.Get(999, 0));
}

}  // namespace
}  // namespace ringcached::simulation
