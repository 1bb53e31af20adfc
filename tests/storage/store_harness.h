// An item store with all that it needs, and items by short calls.

#ifndef RINGCACHED_TESTS_STORAGE_STORE_HARNESS_H_
#define RINGCACHED_TESTS_STORAGE_STORE_HARNESS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/cas_numbering.h"
#include "storage/item_store.h"
#include "storage/large_value.h"
#include "storage/memory_ledger.h"
#include "storage/segment_pool.h"
#include "storage/time.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {

struct PutOptions {
  CacheSecond expiry = kNeverExpires;
  LogQueue queue = kLongLivedQueue;
  Stamp stamp = 0;
  bool large = false;  // the value lies outside the log
};

class StoreHarness {
 public:
  static constexpr size_t kSegmentBytes = size_t{16} << 10;
  static constexpr uint64_t kHashSeed = 7;
  static constexpr CasNumbering kNumbering{.shard_bits = 3, .shard = 5};

  explicit StoreHarness(size_t budget_segments = 256);
  // Empties the store first, for it holds references to large values.
  ~StoreHarness();

  Range RangeOf(std::string_view key) const;
  ItemStore::Found Find(std::string_view key) const { return store_.Find(RangeOf(key), key); }
  bool Has(std::string_view key) const { return Find(key).item != nullptr; }
  std::optional<std::string> Value(std::string_view key) const;

  // Adds or replaces; opens a segment where there is no room. False without memory for the index.
  bool Put(std::string_view key, std::string_view value, const PutOptions& options = {});
  // False if it is not there.
  bool Remove(std::string_view key);
  // Goes on in a fresh segment.
  Segment* Open(LogQueue queue);
  void SealAll();
  void Clear();

  ItemStore& store() { return store_; }
  const SegmentLog& log() const { return store_.log(); }
  SegmentPool& pool() { return pool_; }
  MemoryLedger& ledger() { return ledger_; }
  uint64_t last_cas() const { return last_cas_; }
  void set_last_cas(uint64_t counter) { last_cas_ = counter; }
  CacheSecond now = kNow;

 private:
  MemoryLedger ledger_;
  SegmentPool pool_;
  LargeValueHeap large_values_;
  ItemStore store_;
  uint64_t last_cas_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_TESTS_STORAGE_STORE_HARNESS_H_
