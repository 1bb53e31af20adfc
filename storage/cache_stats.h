// Figures of the whole cache, summed over its shards at the moment of the call. Each is exact for
// some moment during the call; together they are no atomic snapshot.

#ifndef RINGCACHED_STORAGE_CACHE_STATS_H_
#define RINGCACHED_STORAGE_CACHE_STATS_H_

#include <cstdint>

namespace ringcached::storage {

struct CacheStats {
  // Levels.
  uint64_t items = 0;        // items in the index, ended ones that nobody has met yet included
  uint64_t item_bytes = 0;   // what the allocator gave for them, and for unpublished or pinned ones
  uint64_t index_bytes = 0;  // the hash tables
  uint64_t bloom_bytes = 0;  // the filters, spare and retired ones included
  uint64_t index_slots = 0;  // buckets over all shards
  uint64_t other_bytes = 0;  // what Cache::SetOtherBytes() named
  uint64_t limit_bytes = 0;  // the budget for all of these together
  uint64_t shards = 0;
  uint64_t bloom_capacity = 0;  // keys that the filters hold at their designed error

  // Events since the start.
  uint64_t total_items = 0;            // stores that took effect
  uint64_t evictions = 0;              // live items dropped for room
  uint64_t evicted_unfetched = 0;      // of those, never read
  uint64_t expired_unfetched = 0;      // ended items removed that were never read
  uint64_t reclaimed = 0;              // ended or flushed items removed for room
  uint64_t out_of_memory = 0;          // stores refused for want of memory
  uint64_t bloom_negatives = 0;        // lookups that the filter answered: definitely not there
  uint64_t bloom_false_positives = 0;  // lookups that the filter let pass and the index refused
  uint64_t bloom_rebuilds = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_CACHE_STATS_H_
