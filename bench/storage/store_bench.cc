// Stores by one thread, into a cache that is full and into one that grows.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>

#include "bench/storage/filled_cache.h"

namespace ringcached::storage {
namespace {

constexpr size_t kFullLimitBytes = size_t{256} << 20;
constexpr size_t kPayloadBytes = kKeyBytes + kValueBytes;
// More than the cache can hold twice over: a key is gone when its turn comes again.
constexpr size_t kNewKeys = 3 * kFullLimitBytes / kPayloadBytes;
// Few enough to stay, so often are they stored.
constexpr size_t kPresentKeys = kFullLimitBytes / kPayloadBytes / 8;
constexpr uint64_t kFirstNew = uint64_t{2} << 40;

// A cache that has dropped items for each store of late.
struct FullCache {
  static FullCache& Get() {
    static auto& full = *new FullCache;
    return full;
  }

  FullCache() {
    for (size_t i = 0; i < keys.count(); ++i) Set(*cache, new_keys.Next(), value);
  }

  std::string value = std::string(kValueBytes, 'y');
  std::unique_ptr<Cache> cache = NewCache(kFullLimitBytes, BloomMode::kAuto);
  BenchKeys keys{kFirstNew, kNewKeys};
  KeyCycle new_keys{keys};
  BenchKeys present_keys{0, ShuffledNumbers(kPresentKeys)};
};

void SetNewFull(benchmark::State& state) {
  FullCache& full = FullCache::Get();
  const CacheStats before = full.cache->Stats();
  for (auto _ : state) {
    if (Set(*full.cache, full.new_keys.Next(), full.value) != StoreStatus::kStored) {
      state.SkipWithError("not stored");
    }
  }
  const CacheStats after = full.cache->Stats();
  state.counters["dropped"] = static_cast<double>(after.evictions - before.evictions) /
                              static_cast<double>(state.iterations());
}
BENCHMARK(SetNewFull);

void SetPresentFull(benchmark::State& state) {
  FullCache& full = FullCache::Get();
  KeyCycle keys(full.present_keys);
  for (size_t i = 0; i < kPresentKeys; ++i) Set(*full.cache, keys.Next(), full.value);
  for (auto _ : state) {
    if (Set(*full.cache, keys.Next(), full.value) != StoreStatus::kStored) {
      state.SkipWithError("not stored");
    }
  }
  size_t present = 0;
  for (size_t i = 0; i < kPresentKeys; ++i) {
    const HashedKey key = full.cache->Hash(keys.Next());
    if (full.cache->Get(key, kNow, [](const ItemView&) {}) == LookupStatus::kHit) ++present;
  }
  state.counters["present"] = static_cast<double>(present) / static_cast<double>(kPresentKeys);
}
BENCHMARK(SetPresentFull);

// Growth of index and filter included.
void SetNewGrowing(benchmark::State& state) {
  const BenchKeys keys(kFirstNew, static_cast<size_t>(state.range(0)));
  const std::string value(kValueBytes, 'y');
  for (auto _ : state) {
    state.PauseTiming();
    auto cache = NewCache(size_t{1} << 30, BloomMode::kAuto);
    state.ResumeTiming();
    for (size_t i = 0; i < keys.count(); ++i) Set(*cache, keys.At(i), value);
    state.PauseTiming();
    cache.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(SetNewGrowing)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ringcached::storage
