#include "tests/storage/store_harness.h"

#include <algorithm>
#include <cstdlib>

#include "storage/key.h"

namespace ringcached::storage {

StoreHarness::StoreHarness(size_t budget_segments)
    : ledger_(budget_segments * kSegmentBytes),
      pool_(&ledger_, kSegmentBytes),
      large_values_(&ledger_),
      store_(&pool_, &ledger_, Directory::Options{.min_buckets = 16, .shard_bits = 3}, kNumbering) {
  if (!pool_.Init(ledger_.limit_bytes()) || !store_.Init()) std::abort();
}

StoreHarness::~StoreHarness() { Clear(); }

Range StoreHarness::RangeOf(std::string_view key) const {
  return store_.directory().RangeOf(HashKey(kHashSeed, key));
}

std::optional<std::string> StoreHarness::Value(std::string_view key) const {
  const ItemStore::Found found = Find(key);
  if (found.item == nullptr) return std::nullopt;
  return std::string(found.item->value());
}

bool StoreHarness::Put(std::string_view key, std::string_view value, const PutOptions& options) {
  ItemSpec spec{
      .key = key, .expiry = options.expiry, .cas = kNumbering.Number(++last_cas_), .value = value};
  LargeValueRef large;
  if (options.large) {
    large.reset(large_values_.Create(value.size()));
    if (large == nullptr) return false;
    std::copy(value.begin(), value.end(), large->data());
    spec.large = large.get();
    spec.value = {};
  }
  ItemStore::Found present = Find(key);
  if (!store_.log().Fits(options.queue, &spec)) {
    Open(options.queue);
    if (!store_.log().Fits(options.queue, &spec)) std::abort();
  }
  if (present.item == nullptr) {
    if (!store_.Add(RangeOf(key), options.queue, spec, options.stamp)) return false;
  } else {
    store_.Replace(present, options.queue, spec, options.stamp);
  }
  static_cast<void>(large.release());
  store_.directory().Maintain();
  return true;
}

bool StoreHarness::Remove(std::string_view key) {
  const ItemStore::Found found = Find(key);
  if (found.item == nullptr) return false;
  store_.Remove(RangeOf(key), found);
  return true;
}

Segment* StoreHarness::Open(LogQueue queue) {
  Segment* const segment = pool_.Take(/*beyond_budget=*/true);
  if (segment == nullptr) std::abort();
  store_.log().Open(queue, segment, last_cas_, now);
  return segment;
}

void StoreHarness::SealAll() {
  store_.log().Seal(kLongLivedQueue);
  store_.log().Seal(kShortLivedQueue);
}

void StoreHarness::Clear() {
  store_.Clear([this](std::string_view key) { return RangeOf(key); });
}

}  // namespace ringcached::storage
