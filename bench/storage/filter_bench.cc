// The Bloom filter by itself, one operation at a time.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

#include "storage/bloom_filter.h"
#include "storage/bloom_table.h"
#include "storage/memory_ledger.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = size_t{1} << 30;
constexpr size_t kFirstCapacityKeys = 1000;
constexpr uint64_t kSeed = 1;

void Sizes(benchmark::internal::Benchmark* bench) {
  for (const int64_t keys : {10'000, 200'000, 1'000'000}) bench->Arg(keys);
}

// Random hashes, added to a filter that grows as a shard's does, but in one go.
class FilledFilter {
 public:
  explicit FilledFilter(size_t count) {
    if (!filter_.Init(kFirstCapacityKeys / BloomTable::kKeysPerLine)) std::abort();
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
  // With room for twice the keys, as when the index grows.
  void Rebuild() {
    if (!filter_.BeginRebuild(2 * hashes_.size() / BloomTable::kKeysPerLine)) std::abort();
    for (const uint64_t hash : hashes_) filter_.AddLiving(hash);
    filter_.FinishRebuild();
  }

  MemoryLedger ledger_{kLimitBytes};
  BloomFilter filter_{&ledger_};
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
