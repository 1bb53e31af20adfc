// Reads with options: what they do to the item, and who is elected to refresh it.

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

struct Seen {
  LookupStatus status = LookupStatus::kMiss;
  std::string value;
  ItemView view;  // its own pointers are not valid any more
};

class CacheRefreshTest : public testing::TestWithParam<EvictionPolicy> {
 protected:
  Seen Read(std::string_view key, const ReadOptions& options, CacheSecond now = kNow) {
    Seen seen;
    seen.status = cache_->Read(cache_.Hash(key), options, now, [&](const ItemView& view) {
      seen.value = std::string(view.value);
      seen.view = view;
    });
    return seen;
  }
  Seen Elect(std::string_view key, CacheSecond refresh_before = 0, CacheSecond now = kNow) {
    return Read(key, {.elects = true, .refresh_before = refresh_before}, now);
  }
  Seen Look(std::string_view key, CacheSecond now = kNow) {
    return Read(key, {.note_use = false}, now);
  }
  DeleteStatus MarkStale(std::string_view key, std::optional<CacheSecond> expiry = std::nullopt) {
    return cache_->Delete({.key = cache_.Hash(key), .mark_stale = true, .expiry = expiry}, kNow);
  }

  TestCache cache_{
      CacheOptions{.memory_limit_bytes = size_t{8} << 20, .threads = 1, .eviction = GetParam()}};
};

TEST_P(CacheRefreshTest, AReadIsAFetchUnlessItLeavesNoTrace) {
  cache_.Set("a", "v");
  EXPECT_FALSE(Look("a").view.fetched);
  EXPECT_FALSE(Look("a").view.fetched);
  EXPECT_FALSE(Read("a", {.expiry = kNow + 5}).view.fetched);
  EXPECT_TRUE(Look("a").view.fetched);
  cache_.Set("a", "w");
  EXPECT_FALSE(Look("a").view.fetched);
  EXPECT_TRUE(cache_->Touch(cache_.Hash("a"), kNow + 9, kNow));
  EXPECT_TRUE(Look("a").view.fetched);
  cache_.Set("a", "x");
  cache_.Get("a");
  EXPECT_TRUE(Look("a").view.fetched);
}

TEST_P(CacheRefreshTest, SaysTheEndBeforeItsOwnChange) {
  cache_.Set("a", "v", kNow, kNow + 5);
  const Seen seen = Read("a", {.expiry = kNow + 50});
  EXPECT_EQ(seen.view.expiry_before, kNow + 5);
  EXPECT_EQ(seen.view.expiry, kNow + 50);
  EXPECT_FALSE(seen.view.created);
}

TEST_P(CacheRefreshTest, AnAbsentKeyIsVivifiedOnceAndItsFirstReaderWins) {
  const ReadOptions options{.vivify_expiry = kNow + 30, .elects = true};
  const Seen first = Read("a", options);
  EXPECT_EQ(first.status, LookupStatus::kCreated);
  EXPECT_TRUE(first.view.created);
  EXPECT_TRUE(first.view.won);
  EXPECT_FALSE(first.view.promised);
  EXPECT_FALSE(first.view.fetched);
  EXPECT_EQ(first.value, "");
  EXPECT_EQ(first.view.expiry, kNow + 30);
  EXPECT_EQ(first.view.expiry_before, kNeverExpires);
  const Seen second = Read("a", options);
  EXPECT_EQ(second.status, LookupStatus::kHit);
  EXPECT_FALSE(second.view.won);
  EXPECT_TRUE(second.view.promised);
  EXPECT_EQ(second.view.cas, first.view.cas);
  EXPECT_EQ(cache_->Stats().total_items, 1u);
  // The end is a real one, and then all begins again.
  EXPECT_EQ(Read("a", {.vivify_expiry = kNow + 60, .elects = true}, kNow + 30).status,
            LookupStatus::kCreated);
  cache_.Set("a", "v");
  EXPECT_FALSE(Elect("a").view.promised);
}

TEST_P(CacheRefreshTest, AVivifiedItemTakesTheNumberItIsGiven) {
  EXPECT_EQ(Read("a", {.vivify_expiry = kNeverExpires, .vivify_cas = 4711}).view.cas, 4711u);
  EXPECT_EQ(cache_.Get("a").cas, 4711u);
}

TEST_P(CacheRefreshTest, OneReaderIsElectedWhenTheEndIsNear) {
  cache_.Set("a", "v", kNow, kNow + 30);
  EXPECT_FALSE(Elect("a", 0).view.won);
  EXPECT_FALSE(Elect("a", kNow + 30).view.won);
  EXPECT_FALSE(Read("a", {.refresh_before = kNow + 31}).view.won);
  EXPECT_TRUE(Elect("a", kNow + 31).view.won);
  const Seen next = Elect("a", kNow + 31);
  EXPECT_FALSE(next.view.won);
  EXPECT_TRUE(next.view.promised);
  cache_.Set("b", "v");
  EXPECT_FALSE(Elect("b", kNow + 31).view.won) << "it has no end";
}

TEST_P(CacheRefreshTest, TheNewEndCountsIfItWasSaidFirst) {
  cache_.Set("a", "v", kNow, kNow + 10);
  EXPECT_FALSE(Read("a", {.expiry = kNow + 100,
                          .elects = true,
                          .refresh_before = kNow + 31,
                          .refresh_by_new_expiry = true})
                   .view.won);
  cache_.Set("a", "v", kNow, kNow + 10);
  EXPECT_TRUE(
      Read("a", {.expiry = kNow + 100, .elects = true, .refresh_before = kNow + 31}).view.won);
}

TEST_P(CacheRefreshTest, AStaleItemElectsOneReaderAndIsFreshWhenItIsStored) {
  const uint64_t cas = cache_.Set("a", "v", kNow, kNeverExpires, 7).cas;
  EXPECT_EQ(MarkStale("missing"), DeleteStatus::kNotFound);
  EXPECT_EQ(MarkStale("a", kNow + 30), DeleteStatus::kDone);
  const Seen looked = Look("a");
  EXPECT_TRUE(looked.view.stale);
  EXPECT_FALSE(looked.view.won);
  EXPECT_GT(looked.view.cas, cas);
  EXPECT_EQ(looked.view.expiry, kNow + 30);
  EXPECT_EQ(looked.view.client_flags, 7u);
  EXPECT_EQ(looked.value, "v");
  EXPECT_TRUE(Elect("a").view.won);
  EXPECT_FALSE(Elect("a").view.won);
  EXPECT_EQ(MarkStale("a"), DeleteStatus::kDone) << "and the next reader may win again";
  EXPECT_EQ(Look("a").view.expiry, kNow + 30);
  EXPECT_TRUE(Elect("a").view.won);
  cache_.Set("a", "fresh");
  EXPECT_FALSE(Elect("a").view.stale);
}

TEST_P(CacheRefreshTest, AnOlderNumberStoresAStaleValueIfThatIsAllowed) {
  const uint64_t old_cas = cache_.Set("a", "v", kNow, kNow + 50).cas;
  MarkStale("a");
  EXPECT_TRUE(Elect("a").view.won);
  StoreRequest request{.key = cache_.Hash("a"), .value = "w", .expiry = kNow + 900};
  request.rule = {.mode = StoreMode::kCas, .expected_cas = old_cas};
  EXPECT_EQ(cache_->Store(request, kNow).status, StoreStatus::kExists);
  request.rule.accept_stale = true;
  EXPECT_EQ(cache_->Store(request, kNow).status, StoreStatus::kStored);
  const Seen seen = Elect("a");
  EXPECT_EQ(seen.value, "w");
  EXPECT_TRUE(seen.view.stale);
  EXPECT_TRUE(seen.view.promised);
  EXPECT_EQ(seen.view.expiry, kNow + 50);
  request.rule.expected_cas = seen.view.cas + 1;
  EXPECT_EQ(cache_->Store(request, kNow).status, StoreStatus::kExists) << "not a newer one";
}

TEST_P(CacheRefreshTest, MarksSurviveTouchesAndNumbersInPlace) {
  cache_.Set("n", "10");
  MarkStale("n");
  EXPECT_TRUE(Elect("n").view.won);
  EXPECT_TRUE(cache_->Touch(cache_.Hash("n"), kNow + 5, kNow));
  cache_.Increment("n", 1);
  EXPECT_TRUE(Look("n").view.stale);
  EXPECT_TRUE(Look("n").view.promised);
  EXPECT_TRUE(Look("n").view.fetched);
  // A longer number is a new item.
  cache_.Increment("n", 1000);
  EXPECT_FALSE(Look("n").view.stale);
  EXPECT_FALSE(Look("n").view.fetched);
}

TEST_P(CacheRefreshTest, OfManyThreadsOneIsElected) {
  constexpr int kThreads = 4;
  constexpr int kKeys = 500;
  std::vector<std::atomic<int>> won(kKeys);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kKeys; ++i) {
        const std::string key = Numbered("k", i);
        if (Read(key, {.vivify_expiry = kNow + 30, .elects = true}).view.won)
          ++won[static_cast<size_t>(i)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kKeys; ++i) EXPECT_EQ(won[static_cast<size_t>(i)], 1) << i;
}

TEST_P(CacheRefreshTest, KnowsTheLastUse) {
  cache_.Set("a", "v", kNow);
  for (CacheSecond now = kNow; now < kNow + 60; now += 3) {
    cache_.Set("other", "v", now);
    cache_.Get("other", now);
  }
  EXPECT_EQ(Look("a", kNow + 60).view.last_access, kNow);
  cache_.Get("a", kNow + 60);
  cache_.Get("other", kNow + 60);
  const CacheSecond last_access = Look("a", kNow + 70).view.last_access;
  if (GetParam() == EvictionPolicy::kS3Fifo) {
    EXPECT_EQ(last_access, kNow) << "when its segment was opened";
  } else {
    // To the second while the cache is young.
    EXPECT_GE(last_access, kNow + 58);
    EXPECT_LE(last_access, kNow + 60);
  }
}

std::string PolicyName(const testing::TestParamInfo<EvictionPolicy>& info) {
  return info.param == EvictionPolicy::kLru ? "Lru" : "S3Fifo";
}

INSTANTIATE_TEST_SUITE_P(Policies, CacheRefreshTest,
                         testing::Values(EvictionPolicy::kLru, EvictionPolicy::kS3Fifo),
                         PolicyName);

}  // namespace
}  // namespace ringcached::storage
