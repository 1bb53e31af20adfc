// An obvious implementation of cache.h that never runs out of memory, for tests to compare with.
// Ended items stay until they are met.

#ifndef RINGCACHED_TESTS_STORAGE_MODEL_CACHE_H_
#define RINGCACHED_TESTS_STORAGE_MODEL_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "storage/cache.h"

namespace ringcached::storage {

struct ModelItem {
  std::string value;
  uint32_t client_flags = 0;
  CacheSecond expiry = kNeverExpires;
  uint64_t cas = 0;
  bool stale = false;
  bool promised = false;
};

class ModelCache {
 public:
  // *item: null unless it is a hit.
  LookupStatus Find(const std::string& key, CacheSecond now, ModelItem** item);
  // *stored: null unless it was stored; its cas is the caller's to fill in.
  StoreStatus Store(StoreMode mode, const std::string& key, const ModelItem& item,
                    uint64_t expected_cas, CacheSecond now, ModelItem** stored);
  // Gives the item's value the new number. REQUIRES: the item was found just now.
  static DeltaResult Delta(ModelItem* item, DeltaDirection direction, uint64_t delta);
  void Erase(const std::string& key) { items_.erase(key); }
  void FlushAll(CacheSecond at, CacheSecond now);

  size_t size() const { return items_.size(); }

 private:
  void SettleFlush(CacheSecond now);

  std::map<std::string, ModelItem> items_;
  CacheSecond flush_at_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_TESTS_STORAGE_MODEL_CACHE_H_
