// A part of the cache with its own lock: index, exact LRU list, filter, flush mark, counters.
//
// Threads: every method from any thread. All but Prefetch() take the lock, except that a key which
// the filter knows to be absent is answered without.

#ifndef RINGCACHED_STORAGE_SHARD_H_
#define RINGCACHED_STORAGE_SHARD_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "storage/allocator.h"
#include "storage/bloom_filter.h"
#include "storage/cache.h"
#include "storage/flush_mark.h"
#include "storage/item.h"
#include "storage/item_factory.h"
#include "storage/item_table.h"
#include "storage/lru_list.h"
#include "storage/mutex.h"

namespace ringcached::storage {

// What all shards of a cache share; outlives them.
struct ShardContext {
  Allocator* allocator = nullptr;
  ItemFactory factory;
  bool evict = true;
  size_t shard_count = 1;
};

class Shard {
 public:
  // `number` is below context.shard_count and different in every shard.
  Shard(const ShardContext& context, size_t number);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // False if there is no memory for the empty shard. REQUIRES: called once, before the rest.
  bool Init();

  void Prefetch(uint64_t hash) const ABSL_NO_THREAD_SAFETY_ANALYSIS;

  // Cache::Get(), or with a `new_expiry` Cache::GetAndTouch().
  LookupStatus Read(const HashedKey& key, const CacheSecond* new_expiry, CacheSecond now,
                    Cache::HitVisitor visitor);
  bool Touch(const HashedKey& key, CacheSecond expiry, CacheSecond now);
  bool Delete(const HashedKey& key, CacheSecond now);

  // Publishes `item`, or for an append or prepend a new one made of it and what is there. `item`
  // is left to the caller unless it was published. kOutOfMemory sets *short_bytes to what other
  // shards would have to give up for a second try to succeed; 0 if that would not help.
  StoreResult Store(ItemRef* item, StoreMode mode, uint64_t expected_cas, CacheSecond now,
                    size_t* short_bytes);
  // *short_bytes as for Store().
  DeltaResult Delta(const HashedKey& key, DeltaDirection direction, uint64_t delta, CacheSecond now,
                    size_t* short_bytes);

  // Drops items until that many bytes are free or nothing may be dropped; returns what it freed.
  size_t FreeBytes(size_t bytes, CacheSecond now);

  void FlushAll(CacheSecond at, CacheSecond now);

  // Adds this shard's figures. The memory figures are the allocator's and not added here.
  void AddStats(CacheStats* stats) const;

 private:
  struct Lookup {
    LookupStatus status = LookupStatus::kMiss;
    Item* item = nullptr;  // null unless kHit
  };

  // Without the lock: true if the filter knows that the key is absent, which is counted.
  bool KnownAbsent(uint64_t hash) ABSL_NO_THREAD_SAFETY_ANALYSIS;

  // The item if it is there and has not ended. One that has ended is removed.
  Lookup FindLive(const HashedKey& key, CacheSecond now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The same after the filter let the key pass: counts it if that was in vain.
  Lookup FindPassed(const HashedKey& key, CacheSecond now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasEnded(const Item& item, CacheSecond now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  StoreResult StoreJoined(Item* present, const Item& fragment, StoreMode mode, CacheSecond now,
                          size_t* short_bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  DeltaStatus StoreNumber(Item* present, std::string_view digits, CacheSecond now,
                          size_t* short_bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Links `item` in place of `present` (may be null), which goes only if it succeeds.
  // `credit_bytes`: what the caller will free on success, beside `present`.
  bool Replace(Item* present, ItemRef* item, size_t credit_bytes, CacheSecond now,
               size_t* short_bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void PrepareTables(uint64_t hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Link(ItemRef item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Returns the bytes that became free: none if somebody else still holds the item.
  size_t Unlink(Item* item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t NextCas() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // FreeBytes(), sparing `kept` (may be null).
  size_t DropOldest(size_t bytes, const Item* kept, CacheSecond now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t DropVictim(Item* victim, bool ended) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ShardContext& context_;

  // MayContain() and Prefetch() go without the lock.
  BloomFilter filter_ ABSL_GUARDED_BY(mutex_);
  // On a line of its own: readers of absent keys share nothing else that is written.
  alignas(kCacheLineBytes) std::atomic<uint64_t> filter_negatives_{0};

  alignas(kCacheLineBytes) mutable Mutex mutex_;
  // Prefetch() goes without the lock.
  ItemTable table_ ABSL_GUARDED_BY(mutex_);
  LruList<Item> lru_ ABSL_GUARDED_BY(mutex_);
  FlushMark flush_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_cas_ ABSL_GUARDED_BY(mutex_);
  // Events only; the levels stay 0.
  CacheStats events_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_SHARD_H_
