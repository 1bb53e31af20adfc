// Caches that stand ready for any number of benchmarks: filling one with 10 million keys takes
// longer than measuring it, so each is made once per process and stays.

#ifndef RINGCACHED_BENCH_STORAGE_FILLED_CACHE_H_
#define RINGCACHED_BENCH_STORAGE_FILLED_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "bench/storage/bench_keys.h"
#include "storage/cache.h"

namespace ringcached::storage {

inline constexpr CacheSecond kNow = 1000;
inline constexpr size_t kValueBytes = 100;
// Numbers of keys that no cache holds start here.
inline constexpr uint64_t kFirstAbsent = uint64_t{1} << 40;

// Aborts if there is no memory for it.
std::unique_ptr<Cache> NewCache(size_t limit_bytes, BloomMode bloom, bool huge_pages = false);

inline StoreStatus Set(Cache& cache, std::string_view key, std::string_view value) {
  return cache.Store({.key = cache.Hash(key), .value = value}, kNow).status;
}

// A cache with room for all its keys. Every value begins with another key, and following these
// leads through all keys in random order.
class FilledCache {
 public:
  // The one of this size and mode.
  static FilledCache& Of(uint32_t count, BloomMode bloom, bool huge_pages = false);

  FilledCache(uint32_t count, BloomMode bloom, bool huge_pages);

  Cache& cache() { return *cache_; }
  // In the order in which values lead through them.
  const BenchKeys& keys() const { return keys_; }
  // Items and index; what a lookup that the filter lets pass may touch.
  size_t FootprintBytes() const;

 private:
  void Fill(const std::vector<uint32_t>& order);

  std::unique_ptr<Cache> cache_;
  BenchKeys keys_;
};

// Keys that are in no cache.
const BenchKeys& AbsentKeys();

// Of this process, in transparent huge pages.
double HugePagesMib();

}  // namespace ringcached::storage

#endif  // RINGCACHED_BENCH_STORAGE_FILLED_CACHE_H_
