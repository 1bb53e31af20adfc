// Figures of the whole cache, summed over its shards at the moment of the call. Each is exact for
// some moment during the call; together they are no atomic snapshot.

#ifndef RINGCACHED_STORAGE_CACHE_STATS_H_
#define RINGCACHED_STORAGE_CACHE_STATS_H_

#include <cstdint>

#include "storage/age_histogram.h"

namespace ringcached::storage {

struct CacheStats {
  // Levels.
  uint64_t items = 0;                // in the index, expired ones that nobody has met yet included
  uint64_t item_bytes = 0;           // those items as they lie, values outside the log included
  uint64_t dead_bytes = 0;           // of sealed segments: what was replaced, deleted or dropped
  uint64_t index_slots = 0;          // over all shards
  uint64_t index_moving_shards = 0;  // whose index is being resized, or its filter rebuilt
  uint64_t shards = 0;
  uint64_t segment_size_bytes = 0;
  uint64_t free_segments = 0;  // with memory, for any shard to take
  uint64_t oldest_second = 0;  // when the oldest segment was opened; 0: there is none
  // How long what each shard evicted last had not been used, the largest.
  uint64_t evicted_age_seconds = 0;
  uint64_t bloom_capacity = 0;       // keys that the filters hold at their designed error
  uint64_t bloom_asking_shards = 0;  // shards whose lookups ask the filter just now

  // The memory ledger: the parts, and the budget for their sum.
  uint64_t segment_bytes = 0;      // segments that hold memory
  uint64_t large_value_bytes = 0;  // values outside the log, and such as are still arriving
  uint64_t index_bytes = 0;
  uint64_t bloom_bytes = 0;
  uint64_t ghost_bytes = 0;
  uint64_t other_bytes = 0;  // what Cache::SetOtherBytes() named
  uint64_t limit_bytes = 0;
  // What waits for readers, and free segments, may exceed the budget by so much.
  uint64_t reserve_bytes = 0;
  uint64_t cache_bytes() const {
    return segment_bytes + large_value_bytes + index_bytes + bloom_bytes + ghost_bytes;
  }

  // Events since the start.
  uint64_t total_items = 0;        // stores that took effect
  uint64_t evictions = 0;          // live items dropped for room
  uint64_t evicted_unfetched = 0;  // of those, never read
  uint64_t evicted_ending = 0;     // of those, such as had an expiry
  AgeHistogram evicted_ages;       // how long they had not been used, as far as stamps can tell
  uint64_t expired_unfetched = 0;  // expired items removed that were never read
  uint64_t reclaimed = 0;          // expired items removed for room
  uint64_t out_of_memory = 0;      // stores refused for want of memory
  // Waits for a reader that did not get on; stores that needed room were refused then.
  uint64_t reclaims_in_vain = 0;
  uint64_t bytes_stored = 0;  // appended to the log by stores
  uint64_t bytes_moved = 0;   // appended by cleaning, to keep what was there
  uint64_t segments_cleaned = 0;
  uint64_t bloom_negatives = 0;        // lookups that the filter answered: definitely not there
  uint64_t bloom_false_positives = 0;  // lookups that the filter let pass and the index refused
  uint64_t bloom_rebuilds = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_CACHE_STATS_H_
