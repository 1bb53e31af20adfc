// Helpers of the storage tests: a seed, and a cache with short calls.

#ifndef RINGCACHED_TESTS_STORAGE_TEST_SUPPORT_H_
#define RINGCACHED_TESTS_STORAGE_TEST_SUPPORT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "storage/cache.h"

namespace ringcached::storage {

// A seed for this run, printed; RINGCACHED_TEST_SEED in the environment overrides it.
uint64_t TestSeed();

// `prefix` with a number behind.
std::string Numbered(std::string_view prefix, const absl::AlphaNum& number);

// A second at which nothing special happens.
inline constexpr CacheSecond kNow = 1000;

struct FoundItem {
  LookupStatus status = LookupStatus::kMiss;
  std::string value;
  uint32_t client_flags = 0;
  uint64_t cas = 0;
  CacheSecond expiry = kNeverExpires;
};

// A cache whose calls take plain strings. Creation must succeed.
class TestCache {
 public:
  explicit TestCache(size_t memory_limit_bytes, bool evict = true);
  explicit TestCache(const CacheOptions& options);

  Cache& cache() { return *cache_; }
  Cache* operator->() { return cache_.get(); }
  HashedKey Hash(std::string_view key) const { return cache_->Hash(key); }

  FoundItem Get(std::string_view key, CacheSecond now = kNow);
  FoundItem GetAndTouch(std::string_view key, CacheSecond expiry, CacheSecond now = kNow);
  // The value, if it is a hit.
  std::optional<std::string> Value(std::string_view key, CacheSecond now = kNow);
  StoreResult Store(StoreMode mode, std::string_view key, std::string_view value,
                    CacheSecond now = kNow, CacheSecond expiry = kNeverExpires,
                    uint32_t client_flags = 0, uint64_t expected_cas = 0);
  StoreResult Set(std::string_view key, std::string_view value, CacheSecond now = kNow,
                  CacheSecond expiry = kNeverExpires, uint32_t client_flags = 0) {
    return Store(StoreMode::kSet, key, value, now, expiry, client_flags);
  }
  bool Delete(std::string_view key, CacheSecond now = kNow) {
    return cache_->Delete({.key = Hash(key)}, now) == DeleteStatus::kDone;
  }
  DeltaResult Delta(std::string_view key, DeltaDirection direction, uint64_t delta,
                    CacheSecond now = kNow) {
    return cache_->Delta({.key = Hash(key), .direction = direction, .delta = delta}, now);
  }
  DeltaResult Increment(std::string_view key, uint64_t delta, CacheSecond now = kNow) {
    return Delta(key, DeltaDirection::kIncrement, delta, now);
  }
  DeltaResult Decrement(std::string_view key, uint64_t delta, CacheSecond now = kNow) {
    return Delta(key, DeltaDirection::kDecrement, delta, now);
  }

 private:
  std::unique_ptr<Cache> cache_;
};

// What counts against the budget.
size_t BudgetedBytes(const CacheStats& stats);
// What that is never more than: the budget, two segments that are tolerated, and one that each
// shard's cleaning takes for what it keeps.
size_t BudgetBoundBytes(const CacheStats& stats);

}  // namespace ringcached::storage

#endif  // RINGCACHED_TESTS_STORAGE_TEST_SUPPORT_H_
