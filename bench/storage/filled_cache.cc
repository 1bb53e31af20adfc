#include "bench/storage/filled_cache.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "bench/density/memory_sample.h"

namespace ringcached::storage {
namespace {

constexpr uint64_t kHashSeed = 1;
constexpr size_t kAbsentKeys = 1'000'000;
// More than any engine needs, so that nothing is dropped.
constexpr size_t kLimitBytesPerKey = 500;
constexpr size_t kLeastLimitBytes = size_t{64} << 20;

size_t LimitBytes(size_t count) { return kLeastLimitBytes + count * kLimitBytesPerKey; }

void Require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "storage benchmarks: %s\n", what);
  std::abort();
}

}  // namespace

std::unique_ptr<Cache> NewCache(size_t limit_bytes, BloomMode bloom, bool huge_pages) {
  absl::StatusOr<std::unique_ptr<Cache>> cache = Cache::Create({.memory_limit_bytes = limit_bytes,
                                                                .bloom = bloom,
                                                                .huge_pages = huge_pages,
                                                                .hash_seed = kHashSeed});
  Require(cache.ok(), "no memory for a cache");
  return *std::move(cache);
}

FilledCache& FilledCache::Of(uint32_t count, BloomMode bloom, bool huge_pages) {
  static auto& caches =
      *new std::map<std::tuple<uint32_t, BloomMode, bool>, std::unique_ptr<FilledCache>>;
  std::unique_ptr<FilledCache>& cache = caches[{count, bloom, huge_pages}];
  if (cache == nullptr) cache = std::make_unique<FilledCache>(count, bloom, huge_pages);
  return *cache;
}

FilledCache::FilledCache(uint32_t count, BloomMode bloom, bool huge_pages)
    : cache_(NewCache(LimitBytes(count), bloom, huge_pages)), keys_(0, ShuffledNumbers(count)) {
  Fill(ShuffledNumbers(count));
}

// Stores in the order of the numbers, which is not the order of the lookups.
void FilledCache::Fill(const std::vector<uint32_t>& order) {
  std::vector<uint32_t> place_of(order.size());
  for (uint32_t place = 0; place < order.size(); ++place) place_of[order[place]] = place;
  std::string value(kValueBytes, 'x');
  for (const uint32_t place : place_of) {
    const size_t next = place + 1 == order.size() ? 0 : place + 1;
    value.replace(0, kKeyBytes, keys_.At(next));
    Require(Set(*cache_, keys_.At(place), value) == StoreStatus::kStored, "a key is not stored");
  }
  Require(cache_->Stats().items == order.size(), "a key was dropped");
}

size_t FilledCache::FootprintBytes() const {
  const CacheStats stats = cache_->Stats();
  return stats.item_bytes + stats.index_bytes;
}

const BenchKeys& AbsentKeys() {
  static const auto& keys = *new BenchKeys(kFirstAbsent, kAbsentKeys);
  return keys;
}

double HugePagesMib() {
  const auto sample = density::SampleMemory(getpid());
  Require(sample.ok(), "cannot read /proc");
  return static_cast<double>(sample->huge_kib) / 1024;
}

}  // namespace ringcached::storage
