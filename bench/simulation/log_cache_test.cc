// Rules that hold for every policy over a log, and how near lazy LRU comes to an exact one.

#include "bench/simulation/log_cache.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "bench/simulation/exact_lru.h"
#include "bench/simulation/lazy_lru.h"
#include "bench/simulation/s3_fifo.h"
#include "bench/simulation/workload.h"
#include "bench/trace/mix.h"

namespace ringcached::simulation {
namespace {

constexpr uint32_t kObjects = 4'000;
constexpr uint32_t kBytes = 100;

// Small numbers are asked for far more often than large ones.
trace::Trace SkewedTrace() {
  trace::Trace trace{.ids = {}, .key_count = kObjects};
  for (uint64_t i = 0; i < 200'000; ++i) {
    const double drawn = trace::MixToUnit(i);
    trace.ids.push_back(static_cast<uint32_t>(std::pow(drawn, 3) * kObjects));
  }
  return trace;
}

class LogCacheTest : public testing::Test {
 protected:
  LogCacheTest() : bytes_(kObjects, kBytes) {
    log_.capacity_bytes = kObjects / 5 * kBytes;
    log_.segments = 64;
  }

  std::vector<std::unique_ptr<LogCache>> MakeAll() const {
    std::vector<std::unique_ptr<LogCache>> caches;
    caches.push_back(std::make_unique<LazyLru>(bytes_, log_, LazyLruOptions{}));
    caches.push_back(std::make_unique<FifoReinsertion>(bytes_, log_));
    caches.push_back(std::make_unique<S3Fifo>(bytes_, log_, S3FifoOptions{}));
    return caches;
  }

  std::vector<uint32_t> bytes_;
  LogOptions log_;
};

TEST_F(LogCacheTest, LazyLruIsNearExactLru) {
  const trace::Trace trace = SkewedTrace();
  LazyLru lazy(bytes_, log_, {});
  const Outcome outcome = Replay(trace, {}, lazy);
  ExactLru exact(bytes_, {.max_items = static_cast<uint64_t>(outcome.mean_items)});
  const double exact_ratio = Replay(trace, {}, exact).MissRatio();
  EXPECT_NEAR(outcome.MissRatio() / exact_ratio, 1, 0.02);
  EXPECT_LT(lazy.stats().max_age_ticks, 256u);
}

TEST_F(LogCacheTest, StaysWithinItsCapacityAndReclaimsTwoSegmentsAtMostForOne) {
  const trace::Trace trace = SkewedTrace();
  for (const auto& cache : MakeAll()) {
    Replay(trace, {}, *cache);
    EXPECT_TRUE(cache->full());
    EXPECT_LE(cache->item_bytes(), log_.capacity_bytes);
    EXPECT_GE(cache->item_bytes(), log_.capacity_bytes * 9 / 10);
    const LogStats& stats = cache->stats();
    EXPECT_LE(stats.copied_bytes, stats.stored_bytes);
    EXPECT_LE(stats.reclaimed_bytes, 2.05 * static_cast<double>(stats.stored_bytes));
  }
}

TEST_F(LogCacheTest, OverwritingALiveSetLosesNothing) {
  for (const auto& cache : MakeAll()) {
    const auto objects =
        static_cast<uint64_t>(0.8 * static_cast<double>(log_.capacity_bytes)) / kBytes;
    const RewriteOutcome outcome = Rewrite(objects, 5, RewriteOrder::kRandom, *cache);
    EXPECT_EQ(outcome.lost, 0u);
    EXPECT_EQ(cache->item_count(), objects);
    EXPECT_EQ(cache->stats().evicted_items, 0u);
    EXPECT_GT(cache->stats().compacted_segments, 0u);
  }
}

TEST_F(LogCacheTest, WhatHasExpiredGoesFirst) {
  for (const auto& cache : MakeAll()) {
    const Object living = static_cast<Object>(log_.capacity_bytes / kBytes / 2);
    for (Object object = 0; object < living; ++object) cache->Set(object, 0, kNever);
    for (Object object = living; object < kObjects; ++object) {
      cache->Set(object, object, object + 100);
    }
    for (Object object = 0; object < living; ++object) {
      ASSERT_TRUE(cache->Get(object, kObjects)) << object;
    }
    EXPECT_EQ(cache->stats().evicted_items, 0u);
    EXPECT_FALSE(cache->Get(kObjects - 1, kObjects + 100));
  }
}

TEST_F(LogCacheTest, S3FifoKeepsWhatIsUsedFromWhatIsNot) {
  S3Fifo cache(bytes_, log_, {});
  cache.Set(0, 0, kNever);
  for (Object object = 1; object < kObjects; ++object) {
    ASSERT_TRUE(cache.Get(0, 0)) << object;
    cache.Set(object, 0, kNever);
  }
  EXPECT_FALSE(cache.Get(1, 0));
}

TEST(GhostSetTest, RemembersTheLastGenerationToo) {
  GhostSet ghosts(10);
  for (const Object object : {0u, 1u, 2u, 3u, 4u}) ghosts.Add(object, 2);
  EXPECT_FALSE(ghosts.Take(0));
  EXPECT_FALSE(ghosts.Take(1));
  EXPECT_TRUE(ghosts.Take(2));
  EXPECT_FALSE(ghosts.Take(2));
  EXPECT_TRUE(ghosts.Take(4));
  EXPECT_FALSE(ghosts.Take(9));
}

}  // namespace
}  // namespace ringcached::simulation
