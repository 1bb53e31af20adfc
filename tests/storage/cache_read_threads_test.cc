// Readers without a lock beside writers on threads. Run under ThreadSanitizer as well.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "storage/cache.h"
#include "storage/epochs.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

// Each watched key has one writer, whose values count up. A get that begins when version b has been
// acknowledged and ends when version e has been begun must find one of b to e. Nothing is evicted,
// so it must find something. Meanwhile other keys come and go, so that the index grows and shrinks,
// the filter is rebuilt, and the log is cleaned.
class ReadThreadsTest : public testing::Test {
 protected:
  static constexpr size_t kWatched = 6;
  static constexpr uint64_t kVersions = 20'000;
  static constexpr uint64_t kPassing = 4'000;

  struct alignas(64) Watched {
    std::atomic<uint64_t> begun{0};
    std::atomic<uint64_t> acknowledged{0};
  };

  ReadThreadsTest() : cache_(2 * kMiB, /*evict=*/false) {
    for (size_t i = 0; i < kWatched; ++i) Write(i, 0);
  }

  static std::string Name(size_t i) { return Numbered("watched", i); }

  // By the number of the key: a number in place, a value in the log, one beside it.
  void Write(size_t i, uint64_t version) {
    watched_[i].begun.store(version, std::memory_order_seq_cst);
    std::string value = std::to_string(version);
    if (i % 3 == 1) value += std::string(version % 300, ' ');
    if (i % 3 == 2) value += std::string(20'000 + version % 300, ' ');
    if (i % 3 == 0 && version > 0) {
      cache_.Delta(Name(i), DeltaDirection::kIncrement, 1);
    } else if (cache_.Set(Name(i), value).status != StoreStatus::kStored) {
      ++refused_;
    }
    watched_[i].acknowledged.store(version, std::memory_order_seq_cst);
  }
  void WriteAll(size_t i) {
    for (uint64_t version = 1; version <= kVersions; ++version) Write(i, version);
  }
  void Churn() {
    std::mt19937_64 random(TestSeed());
    for (uint64_t i = 0; running_ > 0; ++i) {
      const std::string key = Numbered("passing", random() % kPassing);
      // Waves: now they become many, now few.
      if ((i / 20'000) % 2 == 0) {
        cache_.Set(key, std::string(random() % 100, 'p'));
      } else {
        cache_.Delete(key);
      }
    }
  }
  void Read() {
    std::array<uint64_t, kWatched> last = {};
    while (running_ > 0) {
      for (size_t i = 0; i < kWatched; ++i) {
        const uint64_t from = watched_[i].acknowledged.load(std::memory_order_seq_cst);
        const FoundItem found = cache_.Get(Name(i));
        const uint64_t to = watched_[i].begun.load(std::memory_order_seq_cst);
        const uint64_t version = std::strtoull(found.value.c_str(), nullptr, 10);
        missed_ += found.status == LookupStatus::kHit ? 0 : 1;
        stale_ += version < from || version > to || version < last[i] ? 1 : 0;
        last[i] = version;
        ++reads_;
      }
    }
  }

  TestCache cache_;
  std::array<Watched, kWatched> watched_;
  std::atomic<int> running_{0};
  std::atomic<uint64_t> reads_{0};
  std::atomic<uint64_t> missed_{0};
  std::atomic<uint64_t> stale_{0};
  std::atomic<uint64_t> refused_{0};
};

TEST_F(ReadThreadsTest, AGetReturnsAValueThatWasCurrentDuringIt) {
  running_ = 3;
  std::vector<std::thread> threads;
  for (size_t first = 0; first < 3; ++first) {
    threads.emplace_back([this, first] {
      for (size_t i = first; i < kWatched; i += 3) WriteAll(i);
      --running_;
    });
  }
  threads.emplace_back([this] { Churn(); });
  for (int i = 0; i < 2; ++i) threads.emplace_back([this] { Read(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(missed_, 0u);
  EXPECT_EQ(stale_, 0u);
  EXPECT_EQ(refused_, 0u);
  EXPECT_GT(reads_, 10'000u);
  EXPECT_GT(cache_->Stats().segments_cleaned, 100u);
}

// A reader that does not get on, say because the system has taken its processor away or its memory
// is paged in from a slow disk.
class StalledReader {
 public:
  explicit StalledReader(TestCache* cache) : thread_([this, cache] { Run(cache); }) {
    stalled_.get_future().wait();
  }
  // What it had found, read at the end.
  std::string Finish() {
    go_on_.set_value();
    thread_.join();
    return value_;
  }

 private:
  void Run(TestCache* cache) {
    (*cache)->Get(cache->Hash("held"), kNow, [this](const ItemView& view) {
      stalled_.set_value();
      go_on_.get_future().wait();
      value_ = view.value;
    });
  }

  std::promise<void> stalled_;
  std::promise<void> go_on_;
  std::string value_;
  std::thread thread_;
};

// The reserve lets writers go on for a while; then they are refused, and take no memory: what they
// would give up could not be used.
TEST(StalledReaderTest, WritersAreRefusedWhenTheReserveIsUsedUp) {
  constexpr size_t kLimit = 8 * kMiB;
  TestCache cache(kLimit);
  const auto store = [&](uint64_t number) {
    return cache.Set(Numbered("other", number), std::string(1000, 'o')).status;
  };
  uint64_t number = 0;
  while (cache->Stats().evictions == 0) ASSERT_EQ(store(number++), StoreStatus::kStored);
  cache.Set("held", "what the reader found");
  const size_t full = cache->Stats().segment_bytes;
  StalledReader reader(&cache);
  uint64_t stored = 0;
  for (int i = 0; i < 20'000; ++i) stored += store(number++) == StoreStatus::kStored ? 1 : 0;
  const CacheStats stalled = cache->Stats();
  // As much as the reserve and more.
  EXPECT_GT(stored, kLimit / 16 / 1000);
  EXPECT_LT(stored, 20'000u);
  EXPECT_GT(stalled.reclaims_in_vain, 0u);
  EXPECT_LE(stalled.segment_bytes, full + kLimit / 8);
  // Others read all the same.
  EXPECT_EQ(cache.Get("never there").status, LookupStatus::kMiss);
  EXPECT_GT(stalled.items, 1000u) << "they were given up for nothing";
  EXPECT_EQ(reader.Finish(), "what the reader found");
  for (int i = 0; i < 20'000; ++i) ASSERT_EQ(store(number++), StoreStatus::kStored);
}

// More threads than processors, with values of both kinds: whoever waits lets the others go on.
TEST(StalledReaderTest, WritersDoNotWaitForOneAnother) {
  TestCache cache(8 * kMiB);
  std::atomic<uint64_t> refused{0};
  std::vector<std::thread> writers;
  for (uint64_t writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&, writer] {
      for (uint64_t i = 0; i < 20'000; ++i) {
        const std::string key = Numbered("key", writer * 20'000 + i);
        const size_t bytes = i % 50 == 0 ? 200'000 : 1000;
        refused += cache.Set(key, std::string(bytes, 'v')).status == StoreStatus::kStored ? 0 : 1;
        cache.Get(key);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(refused, 0u);
  EXPECT_EQ(cache->Stats().reclaims_in_vain, 0u);
}

// One that pauses for less than the writers wait.
TEST(StalledReaderTest, WritersWaitForOneThatGoesOn) {
  TestCache cache(2 * kMiB);
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) {
      // On a busy machine each may last as long as the system lets others run.
      const ReadSection section;
      for (int i = 0; i < 3; ++i) std::this_thread::yield();
    }
  });
  uint64_t refused = 0;
  for (uint64_t i = 0; i < 50'000; ++i) {
    const StoreResult result = cache.Set(Numbered("key", i), std::string(500, 'v'));
    refused += result.status == StoreStatus::kStored ? 0 : 1;
  }
  done = true;
  reader.join();
  EXPECT_EQ(refused, 0u);
  EXPECT_EQ(cache->Stats().reclaims_in_vain, 0u);
}

}  // namespace
}  // namespace ringcached::storage
