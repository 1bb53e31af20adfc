// A walk over all items: each once, whatever happens between two steps.

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr int kItems = 20'000;
// More than any walk of these tests takes.
constexpr int kMaxSteps = 100'000;

class CacheWalkTest : public testing::TestWithParam<EvictionPolicy> {
 protected:
  // How often each key was visited; `between` runs after each step.
  template <typename Between>
  std::map<std::string, int> Walk(Between between, CacheSecond now = kNow) {
    std::map<std::string, int> visits;
    WalkCursor cursor;
    int steps = 0;
    while (cache_->Walk(&cursor, now,
                        [&](const ItemView& item) { ++visits[std::string(item.key)]; })) {
      between();
      if (++steps == kMaxSteps) {
        ADD_FAILURE() << "the walk does not end";
        break;
      }
    }
    return visits;
  }
  void Fill(std::string_view prefix, int items, std::string_view value = "value") {
    for (int i = 0; i < items; ++i) cache_.Set(Numbered(prefix, i), value);
  }
  static void ExpectOnceEach(const std::map<std::string, int>& visits, std::string_view prefix) {
    for (int i = 0; i < kItems; ++i) {
      const auto found = visits.find(Numbered(prefix, i));
      ASSERT_NE(found, visits.end()) << Numbered(prefix, i);
      ASSERT_EQ(found->second, 1) << Numbered(prefix, i);
    }
  }

  std::mt19937_64 random_{TestSeed()};
  TestCache cache_{
      CacheOptions{.memory_limit_bytes = size_t{32} << 20, .threads = 2, .eviction = GetParam()}};
};

TEST_P(CacheWalkTest, VisitsNothingInAnEmptyCache) {
  EXPECT_TRUE(Walk([] {}).empty());
}

TEST_P(CacheWalkTest, VisitsEachItemOnce) {
  Fill("stays", kItems);
  const std::map<std::string, int> visits = Walk([] {});
  EXPECT_EQ(visits.size(), size_t{kItems});
  ExpectOnceEach(visits, "stays");
}

TEST_P(CacheWalkTest, SaysWhatIsToBeKnown) {
  cache_.Set("key", "12 bytes....", kNow, kNow + 50, 7);
  cache_.Get("key", kNow + 3);
  ItemView seen;
  std::string value;
  WalkCursor cursor;
  bool more = true;
  while (more) {
    more = cache_->Walk(&cursor, kNow + 9, [&](const ItemView& item) {
      seen = item;
      value = std::string(item.value);
    });
  }
  EXPECT_EQ(value, "12 bytes....");
  EXPECT_EQ(seen.client_flags, 7u);
  EXPECT_EQ(seen.expiry, kNow + 50);
  EXPECT_TRUE(seen.fetched);
  EXPECT_EQ(seen.cas, cache_.Get("key").cas);
  EXPECT_GT(seen.item_bytes, 12u);
  EXPECT_LE(seen.last_access, kNow + 9);
}

TEST_P(CacheWalkTest, LeavesOutWhatHasEnded) {
  cache_.Set("ends", "v", kNow, kNow + 5);
  cache_.Set("stays", "v", kNow, kNow + 6);
  EXPECT_EQ(Walk([] {}, kNow + 5), (std::map<std::string, int>{{"stays", 1}}));
}

TEST_P(CacheWalkTest, IsNoUse) {
  cache_.Set("key", "v");
  Walk([] {});
  bool fetched = true;
  cache_->Read(cache_.Hash("key"), {.note_use = false}, kNow,
               [&](const ItemView& item) { fetched = item.fetched; });
  EXPECT_FALSE(fetched);
}

TEST_P(CacheWalkTest, MissesNothingWhileTheIndexGrows) {
  Fill("stays", kItems);
  int added = 0;
  const std::map<std::string, int> visits = Walk([&] {
    for (int i = 0; i < 1000; ++i) cache_.Set(Numbered("new", ++added), "v");
  });
  EXPECT_GT(added, 2 * kItems);
  ASSERT_EQ(cache_->Stats().evictions, 0u);
  ExpectOnceEach(visits, "stays");
}

TEST_P(CacheWalkTest, MissesNothingWhileTheIndexShrinks) {
  Fill("stays", kItems);
  Fill("goes", 4 * kItems);
  int removed = 0;
  ExpectOnceEach(Walk([&] {
                   for (int i = 0; i < 3000 && removed < 4 * kItems; ++i) {
                     cache_.Delete(Numbered("goes", removed++));
                   }
                 }),
                 "stays");
  EXPECT_EQ(removed, 4 * kItems);
}

// Items that are overwritten between the steps make dead bytes, whose cleaning moves the others.
TEST_P(CacheWalkTest, MissesNothingThatCleaningMoves) {
  Fill("stays", kItems);
  const std::string value(500, 'x');
  const std::map<std::string, int> visits = Walk([&] {
    for (int i = 0; i < 200; ++i) cache_.Set(Numbered("changes", random_() % 2000), value);
  });
  EXPECT_GT(cache_->Stats().bytes_moved, 0u);
  ASSERT_EQ(cache_->Stats().evictions, 0u);
  ExpectOnceEach(visits, "stays");
}

INSTANTIATE_TEST_SUITE_P(Policies, CacheWalkTest,
                         testing::Values(EvictionPolicy::kLru, EvictionPolicy::kS3Fifo));

}  // namespace
}  // namespace ringcached::storage
