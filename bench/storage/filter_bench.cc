// The Bloom filter by itself, one operation at a time.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

#include "storage/allocator.h"
#include "storage/bloom_filter.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = size_t{1} << 30;
constexpr uint64_t kSeed = 1;

void Sizes(benchmark::internal::Benchmark* bench) {
  for (const int64_t keys : {10'000, 200'000, 1'000'000}) bench->Arg(keys);
}

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
