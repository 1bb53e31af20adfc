// The cache and its filter, one operation at a time. Keys are asked for in random order, so that
// the larger sizes pay for the processor's cache misses as a server does.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/allocator.h"
#include "storage/bloom_filter.h"
#include "storage/cache.h"

namespace ringcached::storage {
namespace {

constexpr CacheSecond kNow = 1000;
constexpr size_t kValueBytes = 100;
constexpr size_t kLimitBytes = size_t{1} << 30;
constexpr uint64_t kSeed = 1;

void Sizes(benchmark::internal::Benchmark* bench) {
  for (const int64_t keys : {10'000, 200'000, 1'000'000}) bench->Arg(keys);
}

// Fixed-width keys in shuffled order, in one piece of memory.
class ShuffledKeys {
 public:
  // REQUIRES: a prefix of kPrefixBytes.
  ShuffledKeys(absl::string_view prefix, size_t count) : order_(count) {
    bytes_.reserve(count * kKeyBytes);
    for (size_t i = 0; i < count; ++i) {
      absl::StrAppend(&bytes_, prefix, absl::Dec(i, absl::kZeroPad12));
    }
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::shuffle(order_.begin(), order_.end(), std::mt19937_64(kSeed));
  }

  // One after the other, over and over.
  std::string_view Next() {
    if (next_ == order_.size()) next_ = 0;
    return {&bytes_[order_[next_++] * kKeyBytes], kKeyBytes};
  }
  size_t count() const { return order_.size(); }

 private:
  static constexpr size_t kPrefixBytes = 4;
  static constexpr size_t kKeyBytes = kPrefixBytes + 12;

  std::vector<size_t> order_;
  std::string bytes_;
  size_t next_ = 0;
};

std::unique_ptr<Cache> NewCache() {
  absl::StatusOr<std::unique_ptr<Cache>> cache =
      Cache::Create({.memory_limit_bytes = kLimitBytes, .hash_seed = kSeed});
  if (!cache.ok()) std::abort();
  return *std::move(cache);
}

StoreStatus Set(Cache* cache, std::string_view key, std::string_view value) {
  return cache->Store({.key = cache->Hash(key), .value = value}, kNow).status;
}

void SetAll(Cache* cache, ShuffledKeys* keys) {
  const std::string value(kValueBytes, 'x');
  for (size_t i = 0; i < keys->count(); ++i) Set(cache, keys->Next(), value);
}

void GetHit(benchmark::State& state) {
  const auto cache = NewCache();
  ShuffledKeys keys("key:", static_cast<size_t>(state.range(0)));
  SetAll(cache.get(), &keys);
  char copy[kValueBytes];
  for (auto _ : state) {
    const LookupStatus status =
        cache->Get(cache->Hash(keys.Next()), kNow,
                   [&copy](const ItemView& view) { view.value.copy(copy, sizeof(copy)); });
    if (status != LookupStatus::kHit) state.SkipWithError("a key is missing");
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(GetHit)->Apply(Sizes);

// Nearly all of them are answered by the filter.
void GetMiss(benchmark::State& state) {
  const auto cache = NewCache();
  ShuffledKeys keys("key:", static_cast<size_t>(state.range(0)));
  ShuffledKeys absent("none", keys.count());
  SetAll(cache.get(), &keys);
  for (auto _ : state) {
    const LookupStatus status =
        cache->Get(cache->Hash(absent.Next()), kNow, [](const ItemView&) {});
    if (status != LookupStatus::kMiss) state.SkipWithError("a key is there");
  }
  const CacheStats stats = cache->Stats();
  const uint64_t misses = stats.bloom_negatives + stats.bloom_false_positives;
  state.counters["passed"] =
      static_cast<double>(stats.bloom_false_positives) / static_cast<double>(misses);
}
BENCHMARK(GetMiss)->Apply(Sizes);

// What a miss costs if the filter cannot help: it asks for keys that were deleted since the filter
// was last rebuilt.
void GetMissPastTheFilter(benchmark::State& state) {
  const auto cache = NewCache();
  const size_t count = static_cast<size_t>(state.range(0));
  ShuffledKeys keys("key:", count);
  // Few enough not to cause a rebuild.
  ShuffledKeys deleted("gone", count / 16);
  SetAll(cache.get(), &keys);
  SetAll(cache.get(), &deleted);
  for (size_t i = 0; i < deleted.count(); ++i) cache->Delete(cache->Hash(deleted.Next()), kNow);
  for (auto _ : state) {
    benchmark::DoNotOptimize(cache->Get(cache->Hash(deleted.Next()), kNow, [](const ItemView&) {}));
  }
  const CacheStats stats = cache->Stats();
  const uint64_t misses = stats.bloom_negatives + stats.bloom_false_positives;
  state.counters["passed"] =
      static_cast<double>(stats.bloom_false_positives) / static_cast<double>(misses);
}
BENCHMARK(GetMissPastTheFilter)->Apply(Sizes);

void SetPresent(benchmark::State& state) {
  const auto cache = NewCache();
  ShuffledKeys keys("key:", static_cast<size_t>(state.range(0)));
  SetAll(cache.get(), &keys);
  const std::string value(kValueBytes, 'y');
  for (auto _ : state) {
    if (Set(cache.get(), keys.Next(), value) != StoreStatus::kStored) {
      state.SkipWithError("not stored");
    }
  }
}
BENCHMARK(SetPresent)->Apply(Sizes);

// Growth of index and filter included.
void SetNew(benchmark::State& state) {
  ShuffledKeys keys("key:", static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    auto cache = NewCache();
    state.ResumeTiming();
    SetAll(cache.get(), &keys);
    state.PauseTiming();
    cache.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(SetNew)->Apply(Sizes)->Unit(benchmark::kMillisecond);

// Random hashes, added to a filter that grows as a shard's does.
class FilledFilter {
 public:
  explicit FilledFilter(size_t count) : allocator_(kLimitBytes, true), filter_(&allocator_) {
    if (!filter_.Init()) std::abort();
    for (size_t i = 0; i < count; ++i) {
      if (filter_.NeedsRebuild()) Rebuild();
      hashes_.push_back(random_());
      filter_.Add(hashes_.back());
    }
    std::shuffle(hashes_.begin(), hashes_.end(), random_);
  }

  BloomFilter& filter() { return filter_; }
  uint64_t NextPresent() {
    if (next_ == hashes_.size()) next_ = 0;
    return hashes_[next_++];
  }
  uint64_t NextAbsent() { return random_(); }

 private:
  void Rebuild() {
    filter_.Rebuild(hashes_.size(), [this](BloomTable* table) {
      for (const uint64_t hash : hashes_) table->Add(hash);
    });
  }

  Allocator allocator_;
  BloomFilter filter_;
  std::mt19937_64 random_{kSeed};
  std::vector<uint64_t> hashes_;
  size_t next_ = 0;
};

void BloomQueryPresent(benchmark::State& state) {
  FilledFilter filled(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.filter().MayContain(filled.NextPresent()));
  }
}
BENCHMARK(BloomQueryPresent)->Apply(Sizes);

void BloomQueryAbsent(benchmark::State& state) {
  FilledFilter filled(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.filter().MayContain(filled.NextAbsent()));
  }
}
BENCHMARK(BloomQueryAbsent)->Apply(Sizes);

// Of keys that are there: no bit changes, so the filter stays as full as it is.
void BloomAddPresent(benchmark::State& state) {
  FilledFilter filled(static_cast<size_t>(state.range(0)));
  for (auto _ : state) filled.filter().Add(filled.NextPresent());
}
BENCHMARK(BloomAddPresent)->Apply(Sizes);

void BloomAddNew(benchmark::State& state) {
  for (auto _ : state) FilledFilter filled(static_cast<size_t>(state.range(0)));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BloomAddNew)->Apply(Sizes)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ringcached::storage
