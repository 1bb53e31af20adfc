// Several threads on one cache. Run under ThreadSanitizer as well.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

void JoinAll(std::vector<std::thread>* threads) {
  for (std::thread& thread : *threads) thread.join();
}

// One thread stores keys and deletes them a little later, so that the small filter of the single
// shard is rebuilt in place all the time. Readers ask for keys that are there throughout, for the
// latest acknowledged one, and for one that is never there.
class CacheRebuildTest : public testing::Test {
 protected:
  static constexpr uint64_t kLasting = 100;
  // How long a passing key lives, in keys.
  static constexpr uint64_t kWindow = 50;
  static constexpr uint64_t kMinRebuilds = 1100;
  static constexpr uint64_t kMaxKeys = 2'000'000;

  CacheRebuildTest() : cache_(kMiB) {
    for (uint64_t i = 0; i < kLasting; ++i) cache_.Set(Numbered("lasting", i), "1");
  }

  static std::string Passing(uint64_t number) { return Numbered("passing", number); }
  bool Hits(const std::string& key) { return cache_.Get(key).status == LookupStatus::kHit; }

  void Write() {
    for (uint64_t i = 1; i < kMaxKeys; ++i) {
      cache_.Set(Passing(i), "1");
      acknowledged_.store(i, std::memory_order_release);
      if (i > kWindow) cache_.Delete(Passing(i - kWindow));
      if (i % 1000 == 0 && cache_->Stats().bloom_rebuilds >= kMinRebuilds && rounds_ > 100) break;
    }
    done_ = true;
  }

  void Read() {
    uint64_t absent = 0;
    while (!done_.load(std::memory_order_relaxed)) {
      for (uint64_t i = 0; i < kLasting; ++i) {
        lost_ += Hits(Numbered("lasting", i)) ? 0 : 1;
        AskForTheLatest();
        wrong_ += Hits(Numbered("absent", absent++)) ? 1 : 0;
      }
      ++rounds_;
    }
  }

  void AskForTheLatest() {
    const uint64_t latest = acknowledged_.load(std::memory_order_acquire);
    if (latest == 0 || Hits(Passing(latest))) return;
    // It may have been deleted since, once the writer was kWindow keys further.
    lost_ += acknowledged_.load(std::memory_order_acquire) + 1 < latest + kWindow ? 1 : 0;
  }

  TestCache cache_;
  std::atomic<uint64_t> acknowledged_{0};
  std::atomic<bool> done_{false};
  std::atomic<uint64_t> rounds_{0};
  std::atomic<uint64_t> lost_{0};
  std::atomic<uint64_t> wrong_{0};
};

TEST_F(CacheRebuildTest, NoKeyIsEverLost) {
  std::vector<std::thread> threads;
  threads.emplace_back([this] { Write(); });
  threads.emplace_back([this] { Read(); });
  threads.emplace_back([this] { Read(); });
  JoinAll(&threads);
  const CacheStats stats = cache_->Stats();
  EXPECT_EQ(lost_, 0u);
  EXPECT_EQ(wrong_, 0u);
  EXPECT_EQ(stats.evictions, 0u);
  EXPECT_GT(stats.bloom_negatives, 0u);
  EXPECT_GT(stats.bloom_rebuilds, 1000u);
}

TEST(CacheThreads, GetAfterAnAcknowledgedSetNeverMissesWhileNothingIsEvicted) {
  constexpr int kThreads = 4;
  constexpr int kKeys = 20'000;
  TestCache cache(64 * kMiB);
  std::atomic<int> lost{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, prefix = std::to_string(thread) + ":"] {
      for (int i = 0; i < kKeys; ++i) {
        const std::string key = Numbered(prefix, i);
        cache.Set(key, key);
        lost += cache.Value(key) == key ? 0 : 1;
        const std::string earlier = Numbered(prefix, i / 2);
        lost += cache.Value(earlier) == earlier ? 0 : 1;
      }
    });
  }
  JoinAll(&threads);
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(cache->Stats().evictions, 0u);
  EXPECT_EQ(cache->Stats().items, static_cast<uint64_t>(kThreads * kKeys));
}

TEST(CacheThreads, IncrementsFromAllThreadsAddUp) {
  constexpr int kThreads = 4;
  constexpr int kIncrements = 5'000;
  TestCache cache(kMiB);
  cache.Set("n", "0");
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < kIncrements; ++i) cache.Increment("n", 1);
    });
  }
  JoinAll(&threads);
  EXPECT_EQ(cache.Value("n"), std::to_string(kThreads * kIncrements));
}

TEST(CacheThreads, OfManyAddsOneWins) {
  constexpr int kThreads = 4;
  constexpr int kKeys = 5'000;
  TestCache cache(16 * kMiB);
  std::atomic<int> won{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < kKeys; ++i) {
        const StoreResult added = cache.Store(StoreMode::kAdd, std::to_string(i), "1");
        won += added.status == StoreStatus::kStored ? 1 : 0;
      }
    });
  }
  JoinAll(&threads);
  EXPECT_EQ(won, kKeys);
}

TEST(CacheThreads, AFlushHidesWhatItsThreadStoredBeforeAndNothingAfter) {
  constexpr int kThreads = 3;
  constexpr uint64_t kMinForeignStores = 20'000;
  TestCache cache(64 * kMiB);
  std::atomic<uint64_t> foreign_stores{0};
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int thread = 1; thread < kThreads; ++thread) {
    threads.emplace_back([&, prefix = std::to_string(thread) + ":"] {
      for (int i = 0; !done; ++i) {
        cache.Set(Numbered(prefix, i % 1000), "1");
        ++foreign_stores;
      }
    });
  }
  int survived = 0;
  int lost = 0;
  while (foreign_stores < kMinForeignStores) {
    cache.Set("mine", "1");
    cache->FlushAll(kNow, kNow);
    survived += cache.Value("mine").has_value() ? 1 : 0;
    cache.Set("mine", "2");
    lost += cache.Value("mine") == "2" ? 0 : 1;
  }
  done = true;
  JoinAll(&threads);
  EXPECT_EQ(survived, 0);
  EXPECT_EQ(lost, 0);
}

// Values are one byte repeated, so that a torn or freed one shows. The cache is small: pinned items
// are replaced, deleted, incremented away and evicted all the time.
class CachePinThreadsTest : public testing::Test {
 protected:
  static constexpr int kKeys = 64;
  static constexpr int kWrites = 15'000;
  static constexpr size_t kHeldPins = 16;

  struct Held {
    Pin pin;
    std::string_view value;
  };

  CachePinThreadsTest() : cache_(kMiB) {}

  static std::string Key(uint64_t random) { return std::to_string(random % kKeys); }
  static bool IsWhole(std::string_view value) {
    return value.find_first_not_of(value.front()) == std::string_view::npos;
  }

  void Write(uint64_t seed) {
    std::mt19937_64 random(seed);
    for (int i = 0; i < kWrites; ++i) {
      const std::string value(1 + random() % 30'000, static_cast<char>('a' + random() % 26));
      cache_.Set(Key(random()), value);
      if (random() % 8 == 0) cache_.Delete(Key(random()));
    }
    ++writers_done_;
  }

  void Read(uint64_t seed) {
    std::mt19937_64 random(seed);
    std::array<Held, kHeldPins> held;
    while (writers_done_ < 2) {
      Held& slot = held[random() % kHeldPins];
      if (!slot.pin.empty()) Check(&slot);
      cache_->Get(cache_.Hash(Key(random())), kNow, [&slot](const ItemView& view) {
        slot = {view.MakePin(), view.value};
      });
    }
    for (Held& slot : held) {
      if (!slot.pin.empty()) Check(&slot);
    }
  }

  void Check(Held* held) {
    torn_ += IsWhole(held->value) ? 0 : 1;
    ++checked_;
    held->pin.Release();
  }

  TestCache cache_;
  std::atomic<int> writers_done_{0};
  std::atomic<int> torn_{0};
  std::atomic<int> checked_{0};
};

TEST_F(CachePinThreadsTest, PinnedValuesStayWhole) {
  const uint64_t seed = TestSeed();
  std::vector<std::thread> threads;
  threads.emplace_back([this, seed] { Write(seed); });
  threads.emplace_back([this, seed] { Write(seed + 1); });
  threads.emplace_back([this, seed] { Read(seed + 2); });
  threads.emplace_back([this, seed] { Read(seed + 3); });
  JoinAll(&threads);
  EXPECT_EQ(torn_, 0);
  EXPECT_GT(checked_, 0);
  EXPECT_GT(cache_->Stats().evictions, 0u);
}

// Stores of all kinds from all threads, while the budget is exhausted. Two segments beyond it are
// let be (storage/README.md); the last store gives up what is more.
TEST(CacheThreads, TheBudgetHoldsOnceAllAreDone) {
  constexpr int kThreads = 4;
  constexpr int kStores = 10'000;
  const uint64_t seed = TestSeed();
  TestCache cache(8 * kMiB);
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&cache, random = std::mt19937_64(seed + thread)]() mutable {
      for (int i = 0; i < kStores; ++i) {
        const std::string key = std::to_string(random() % 5'000);
        const std::string value(random() % 20'000, 'x');
        const StoreMode mode = random() % 4 == 0 ? StoreMode::kAppend : StoreMode::kSet;
        cache.Store(mode, key, value);
        cache.Get(key);
      }
    });
  }
  JoinAll(&threads);
  cache.Set("last", "1");
  const CacheStats stats = cache->Stats();
  EXPECT_LE(BudgetedBytes(stats),
            stats.limit_bytes + stats.reserve_bytes + 2 * stats.segment_size_bytes);
  EXPECT_GT(stats.evictions, 0u);
}

}  // namespace
}  // namespace ringcached::storage
