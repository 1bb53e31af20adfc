#include "tests/storage/test_support.h"

#include <cstdlib>
#include <iostream>
#include <random>
#include <utility>

#include "absl/strings/string_view.h"

namespace ringcached::storage {
namespace {

std::unique_ptr<Cache> MustCreate(const CacheOptions& options) {
  absl::StatusOr<std::unique_ptr<Cache>> cache = Cache::Create(options);
  if (!cache.ok()) {
    std::cerr << cache.status() << "\n";
    std::abort();
  }
  return *std::move(cache);
}

CacheOptions OptionsFor(size_t memory_limit_bytes, bool evict) {
  CacheOptions options;
  options.memory_limit_bytes = memory_limit_bytes;
  options.evict = evict;
  return options;
}

void CopyView(const ItemView& view, FoundItem* found) {
  found->value = std::string(view.value);
  found->client_flags = view.client_flags;
  found->cas = view.cas;
  found->expiry = view.expiry;
}

uint64_t ChooseSeed() {
  const char* const given = std::getenv("RINGCACHED_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
}

}  // namespace

uint64_t TestSeed() {
  const uint64_t seed = ChooseSeed();
  std::cout << "RINGCACHED_TEST_SEED=" << seed << std::endl;
  return seed;
}

std::string Numbered(std::string_view prefix, const absl::AlphaNum& number) {
  return absl::StrCat(absl::string_view(prefix.data(), prefix.size()), number);
}

TestCache::TestCache(size_t memory_limit_bytes, bool evict)
    : TestCache(OptionsFor(memory_limit_bytes, evict)) {}

TestCache::TestCache(const CacheOptions& options) : cache_(MustCreate(options)) {}

FoundItem TestCache::Get(std::string_view key, CacheSecond now) {
  FoundItem found;
  found.status =
      cache_->Get(Hash(key), now, [&found](const ItemView& view) { CopyView(view, &found); });
  return found;
}

FoundItem TestCache::GetAndTouch(std::string_view key, CacheSecond expiry, CacheSecond now) {
  FoundItem found;
  found.status = cache_->Read(Hash(key), {.expiry = expiry}, now,
                              [&found](const ItemView& view) { CopyView(view, &found); });
  return found;
}

std::optional<std::string> TestCache::Value(std::string_view key, CacheSecond now) {
  FoundItem found = Get(key, now);
  if (found.status != LookupStatus::kHit) return std::nullopt;
  return std::move(found.value);
}

StoreResult TestCache::Store(StoreMode mode, std::string_view key, std::string_view value,
                             CacheSecond now, CacheSecond expiry, uint32_t client_flags,
                             uint64_t expected_cas) {
  return cache_->Store({.key = Hash(key),
                        .value = value,
                        .client_flags = client_flags,
                        .expiry = expiry,
                        .rule = {.mode = mode, .expected_cas = expected_cas}},
                       now);
}

size_t BudgetedBytes(const CacheStats& stats) { return stats.cache_bytes(); }

size_t BudgetBoundBytes(const CacheStats& stats) {
  constexpr uint64_t kToleratedSegments = 2;
  return stats.limit_bytes + stats.reserve_bytes +
         (kToleratedSegments + stats.shards) * stats.segment_size_bytes;
}

}  // namespace ringcached::storage
