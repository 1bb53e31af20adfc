// Lookups by one thread. Independent ones leave the processor free to begin the next before the
// last has its data; dependent ones do not, as a single client that waits for its reply.

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "bench/storage/filled_cache.h"
#include "bench/storage/pointer_chase.h"

namespace ringcached::storage {
namespace {

// The session's batch.
constexpr size_t kBatchKeys = 32;

void Sizes(benchmark::internal::Benchmark* bench) {
  for (const int64_t keys : {10'000, 200'000, 1'000'000, 10'000'000}) bench->Arg(keys);
}

FilledCache& Filled(const benchmark::State& state, BloomMode bloom) {
  return FilledCache::Of(static_cast<uint32_t>(state.range(0)), bloom);
}

// Nothing behind it begins before everything ahead of it has its data.
inline void WaitForLoads() {
#if defined(__x86_64__)
  _mm_lfence();
#elif defined(__aarch64__)
  asm volatile("dsb ld\nisb" ::: "memory");
#endif
}

LookupStatus GetCopy(Cache& cache, std::string_view key, char* copy) {
  return cache.Get(cache.Hash(key), kNow,
                   [copy](const ItemView& view) { view.value.copy(copy, kValueBytes); });
}

// Over as much memory as items and index of that many keys take.
void PointerChaseLoad(benchmark::State& state) {
  FilledCache& filled = Filled(state, BloomMode::kOff);
  const double all_huge_mib = HugePagesMib();
  PointerChase chase(filled.FootprintBytes());
  for (auto _ : state) chase.Step();
  benchmark::DoNotOptimize(chase.at());
  state.counters["footprint_MiB"] =
      static_cast<double>(filled.FootprintBytes()) / static_cast<double>(1 << 20);
  state.counters["huge_MiB"] = chase.huge_pages_mib();
  state.counters["caches_huge_MiB"] = all_huge_mib;
}
BENCHMARK(PointerChaseLoad)->Apply(Sizes);

// The key is what the last value says.
void HitDependent(benchmark::State& state, BloomMode bloom) {
  FilledCache& filled = Filled(state, bloom);
  char key[kKeyBytes];
  char value[kValueBytes];
  filled.keys().At(0).copy(key, kKeyBytes);
  for (auto _ : state) {
    const LookupStatus status = GetCopy(filled.cache(), {key, kKeyBytes}, value);
    if (status != LookupStatus::kHit) state.SkipWithError("a key is missing");
    std::memcpy(key, value, kKeyBytes);
  }
  benchmark::DoNotOptimize(key);
}
BENCHMARK_CAPTURE(HitDependent, bloom_off, BloomMode::kOff)->Apply(Sizes);
BENCHMARK_CAPTURE(HitDependent, bloom_on, BloomMode::kOn)->Apply(Sizes);

// So many keys together: what they will read is asked for in two steps, as a get of many keys does,
// or not, and then they are looked up.
template <size_t kKeys>
void HitTogether(benchmark::State& state, FilledCache& filled, bool prefetches) {
  Cache& cache = filled.cache();
  KeyCycle keys(filled.keys());
  std::array<HashedKey, kKeys> batch;
  char value[kValueBytes];
  for (auto _ : state) {
    for (HashedKey& key : batch) {
      key = cache.Hash(keys.Next());
      if (prefetches) cache.Prefetch(key);
    }
    for (size_t i = 0; prefetches && i < kKeys; ++i) cache.PrefetchItem(batch[i]);
    for (const HashedKey& key : batch) {
      const LookupStatus status = cache.Get(
          key, kNow, [&value](const ItemView& view) { view.value.copy(value, kValueBytes); });
      if (status != LookupStatus::kHit) state.SkipWithError("a key is missing");
      benchmark::DoNotOptimize(value);
    }
  }
}

void HitBatched(benchmark::State& state, BloomMode bloom) {
  HitTogether<kBatchKeys>(state, Filled(state, bloom), /*prefetches=*/true);
}
BENCHMARK_CAPTURE(HitBatched, bloom_off, BloomMode::kOff)->Apply(Sizes);
BENCHMARK_CAPTURE(HitBatched, bloom_on, BloomMode::kOn)->Apply(Sizes);

// What prefetching and huge pages give, each by itself and together.
void Hit16(benchmark::State& state, bool huge_pages, bool prefetches) {
  FilledCache& filled =
      FilledCache::Of(static_cast<uint32_t>(state.range(0)), BloomMode::kOff, huge_pages);
  HitTogether<16>(state, filled, prefetches);
}
void LargeSizes(benchmark::internal::Benchmark* bench) { bench->Arg(1'000'000)->Arg(10'000'000); }
BENCHMARK_CAPTURE(Hit16, small_pages, false, false)->Apply(LargeSizes);
BENCHMARK_CAPTURE(Hit16, small_pages_prefetched, false, true)->Apply(LargeSizes);
BENCHMARK_CAPTURE(Hit16, huge_pages, true, false)->Apply(LargeSizes);
BENCHMARK_CAPTURE(Hit16, huge_pages_prefetched, true, true)->Apply(LargeSizes);

void HitIndependent(benchmark::State& state, BloomMode bloom) {
  FilledCache& filled = Filled(state, bloom);
  KeyCycle keys(filled.keys());
  char value[kValueBytes];
  for (auto _ : state) {
    const LookupStatus status = GetCopy(filled.cache(), keys.Next(), value);
    if (status != LookupStatus::kHit) state.SkipWithError("a key is missing");
    benchmark::DoNotOptimize(value);
  }
}
BENCHMARK_CAPTURE(HitIndependent, bloom_off, BloomMode::kOff)->Apply(Sizes);
BENCHMARK_CAPTURE(HitIndependent, bloom_on, BloomMode::kOn)->Apply(Sizes);

template <typename Between>
void Misses(benchmark::State& state, BloomMode bloom, Between between) {
  FilledCache& filled = Filled(state, bloom);
  KeyCycle keys(AbsentKeys());
  const CacheStats before = filled.cache().Stats();
  for (auto _ : state) {
    const LookupStatus status =
        filled.cache().Get(filled.cache().Hash(keys.Next()), kNow, [](const ItemView&) {});
    if (status != LookupStatus::kMiss) state.SkipWithError("a key is there");
    between();
  }
  const CacheStats after = filled.cache().Stats();
  // About 1 with the filter; 0 shows that it is off indeed.
  state.counters["filtered"] = static_cast<double>(after.bloom_negatives - before.bloom_negatives) /
                               static_cast<double>(state.iterations());
}

// A miss gives nothing to find the next key by, so a fence keeps the next one back.
void MissDependent(benchmark::State& state, BloomMode bloom) {
  Misses(state, bloom, [] { WaitForLoads(); });
}
BENCHMARK_CAPTURE(MissDependent, bloom_off, BloomMode::kOff)->Apply(Sizes);
BENCHMARK_CAPTURE(MissDependent, bloom_on, BloomMode::kOn)->Apply(Sizes);

void MissIndependent(benchmark::State& state, BloomMode bloom) {
  Misses(state, bloom, [] {});
}
BENCHMARK_CAPTURE(MissIndependent, bloom_off, BloomMode::kOff)->Apply(Sizes);
BENCHMARK_CAPTURE(MissIndependent, bloom_on, BloomMode::kOn)->Apply(Sizes);

}  // namespace
}  // namespace ringcached::storage
