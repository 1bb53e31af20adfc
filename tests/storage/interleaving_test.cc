// Readers without a lock against writers, one step at a time. The storage library of these tests
// stops at every STORAGE_POINT(), between two steps that others may see.
//
// Two ways round: a writer is stopped at each of its points, and readers run to their end there; a
// reader is stopped at each of its points, and a writer does whole operations there, on a thread of
// its own. What is there is known, so a reader has to find exactly that, or, of the key that is
// being written, what was there before or what comes.

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "storage/cache.h"
#include "storage/directory.h"
#include "storage/interleaving.h"
#include "tests/storage/test_support.h"

#ifndef RINGCACHED_INTERLEAVING
#error "this test needs the storage library that has points"
#endif

namespace ringcached::storage {
namespace {

constexpr size_t kMiB = size_t{1} << 20;
// Few enough to be read often, and with the growth from an empty index all the way up.
constexpr size_t kKeys = 3000;

// What the running test does at a point.
std::function<void()> at_point;
bool in_point = false;

void Stop() {
  if (in_point || !at_point) return;
  in_point = true;
  at_point();
  in_point = false;
}

using Value = std::optional<std::string>;

class InterleavingTest : public testing::Test {
 protected:
  // Nothing is dropped for room, so that what is there is known. One shard.
  InterleavingTest() : cache_(kMiB, /*evict=*/false), random_(TestSeed()) {
    interleaving_hook = &Stop;
  }
  ~InterleavingTest() override {
    interleaving_hook = nullptr;
    at_point = nullptr;
  }

  std::string AnyKey() { return Numbered("key", random_() % kKeys); }

  // One change of a key that is there or not; what it will be then.
  Value Plan(const std::string& key) {
    switch (random_() % 4) {
      case 0:
        return std::nullopt;
      case 1:
        return Numbered("number ", random_() % 1000);
      case 2:
        // Beside the log.
        return std::string(20'000 + random_() % 1000, 'l');
      default:
        return key + std::string(random_() % 200, 'v');
    }
  }
  void CarryOut(const std::string& key, const Value& planned) {
    if (planned.has_value()) {
      ASSERT_EQ(cache_.Set(key, *planned).status, StoreStatus::kStored);
    } else {
      cache_.Delete(key);
    }
  }
  void Note(const std::string& key, const Value& value) {
    if (value.has_value()) {
      there_[key] = *value;
    } else {
      there_.erase(key);
    }
  }
  Value There(const std::string& key) const {
    const auto found = there_.find(key);
    return found == there_.end() ? Value() : Value(found->second);
  }
  // Large values may take a quarter of the cache.
  bool Fits(const Value& planned) const {
    size_t large = 0;
    for (const auto& [key, value] : there_) large += value.size() > 10'000 ? value.size() : 0;
    return !planned.has_value() || planned->size() < 10'000 || large < kMiB / 8;
  }

  TestCache cache_;
  std::mt19937_64 random_;
  std::map<std::string, std::string> there_;
};

TEST_F(InterleavingTest, ReadersAtEveryPointOfAWriter) {
  std::string written;
  Value before;
  Value after;
  uint64_t reads = 0;
  uint64_t points = 0;
  at_point = [&] {
    ++points;
    const Value found = cache_.Value(written);
    EXPECT_TRUE(found == before || found == after) << written;
    for (int i = 0; i < 3; ++i, ++reads) {
      const std::string key = AnyKey();
      if (key == written) continue;
      EXPECT_EQ(cache_.Value(key), There(key)) << key;
    }
    EXPECT_EQ(cache_.Value("never there"), std::nullopt);
  };
  for (int i = 0; i < 20'000 && !HasFailure(); ++i) {
    written = AnyKey();
    before = There(written);
    after = Plan(written);
    if (!Fits(after)) continue;
    CarryOut(written, after);
    Note(written, after);
  }
  const CacheStats stats = cache_->Stats();
  EXPECT_GT(stats.segments_cleaned, 10u);
  EXPECT_GT(stats.bloom_rebuilds, 3u);
  EXPECT_GT(points, 50'000u);
}

// Does what it is given on a thread of its own, while the giver waits.
class OtherThread {
 public:
  OtherThread() : thread_([this] { Work(); }) {}
  ~OtherThread() {
    Do(nullptr);
    thread_.join();
  }
  void Do(std::function<void()> task) {
    std::unique_lock lock(mutex_);
    task_ = std::move(task);
    given_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !given_; });
  }

 private:
  void Work() {
    for (bool ends = false; !ends;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return given_; });
      ends = task_ == nullptr;
      if (!ends) task_();
      given_ = false;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> task_;
  bool given_ = false;
  std::thread thread_;
};

// The writer stores over the whole log meanwhile, more than once: what the reader has found would
// be something else by then.
TEST_F(InterleavingTest, WritersAtEveryPointOfAReader) {
  OtherThread writer;
  for (size_t i = 0; i < kKeys; ++i) {
    const std::string key = Numbered("key", i);
    CarryOut(key, key);
    Note(key, key);
  }
  for (int round = 0; round < 1'000 && !HasFailure(); ++round) {
    const std::string read = AnyKey();
    std::vector<Value> allowed = {There(read)};
    // The point at which the writer comes, and how much it then does.
    int points_left = round % 9;
    const int changes = 1 << (random_() % 10);
    at_point = [&] {
      if (points_left-- != 0) return;
      writer.Do([&] {
        for (int i = 0; i < changes; ++i) {
          const std::string key = i % 16 == 0 ? read : AnyKey();
          const Value after = Plan(key);
          if (!Fits(after)) continue;
          CarryOut(key, after);
          Note(key, after);
          if (key == read) allowed.push_back(after);
        }
      });
    };
    const Value found = cache_.Value(read);
    at_point = nullptr;
    bool is_allowed = false;
    for (const Value& each : allowed) is_allowed |= found == each;
    EXPECT_TRUE(is_allowed) << "round " << round << " found " << found.value_or("nothing");
  }
  EXPECT_GT(cache_->Stats().segments_cleaned, 100u);
}

// The same for a key that nobody writes: it must be found.
TEST_F(InterleavingTest, WhatNobodyTouchesIsFoundAtEveryPoint) {
  OtherThread writer;
  std::vector<std::string> lasting;
  for (int i = 0; i < 200; ++i) {
    lasting.push_back(Numbered("lasting", i));
    cache_.Set(lasting.back(), lasting.back());
  }
  for (int round = 0; round < 8'000 && !HasFailure(); ++round) {
    const std::string& read = lasting[random_() % lasting.size()];
    int points_left = round % 9;
    // Mostly one change at a time, so that many of them come between the same two steps.
    const int changes = round % 50 == 0 ? 500 : 1;
    at_point = [&] {
      if (points_left-- != 0) return;
      writer.Do([&] {
        for (int i = 0; i < changes; ++i) {
          const std::string key = AnyKey();
          const Value after = Plan(key);
          if (!Fits(after)) continue;
          CarryOut(key, after);
          Note(key, after);
        }
      });
    };
    EXPECT_EQ(cache_.Value(read), read) << "round " << round;
    at_point = nullptr;
  }
}

// Slots that go from one bucket to the other under a reader: an index so full that nearly every new
// slot displaces others.
TEST(InterleavingIndexTest, ASlotThatMovesIsSeen) {
  interleaving_hook = &Stop;
  constexpr size_t kBuckets = 16;
  constexpr size_t kSlots = kBuckets * kSlotsPerBucket * 19 / 20;
  std::mt19937_64 random(TestSeed());
  MemoryLedger ledger(kMiB);
  Directory directory(&ledger, {.min_buckets = kBuckets, .filter = false});
  ASSERT_TRUE(directory.Init());
  Location next_location = 0;
  std::map<Location, Range> range_at;
  const auto insert = [&] {
    const Range range = random() % directory.range_end();
    ASSERT_TRUE(directory.Insert(range, 0, ++next_location));
    range_at[next_location] = range;
  };
  const auto find = [&](Location location, Slot** slot) {
    SlotWord word = 0;
    return directory.Look(range_at[location], slot, &word,
                          [&](Location found) { return found == location; });
  };
  const auto erase = [&](Location location) {
    Slot* slot = nullptr;
    ASSERT_EQ(find(location, &slot), Directory::Sight::kFound);
    directory.Erase(range_at[location], slot);
    range_at.erase(location);
  };
  const auto any = [&] {
    return std::next(range_at.begin(), static_cast<ptrdiff_t>(random() % range_at.size()))->first;
  };
  const auto begin_anew = [&] {
    ASSERT_TRUE(directory.Clear());
    range_at.clear();
    while (range_at.size() < kSlots && !directory.moving()) insert();
  };
  begin_anew();
  for (int round = 0; round < 200'000 && !testing::Test::HasFailure(); ++round) {
    // Once it has grown nothing is displaced any more.
    if (directory.moving()) begin_anew();
    const Location read = any();
    int points_left = round % 7;
    at_point = [&] {
      if (points_left-- != 0) return;
      const Location erased = any();
      if (erased != read) erase(erased);
      if (!directory.moving()) insert();
    };
    Slot* slot = nullptr;
    EXPECT_EQ(find(read, &slot), Directory::Sight::kFound) << "round " << round;
    at_point = nullptr;
  }
  interleaving_hook = nullptr;
}

}  // namespace
}  // namespace ringcached::storage
