// What the process's memory consists of, as the admin port shows it.

#ifndef RINGCACHED_SERVER_ADMIN_MEMORY_PARTS_H_
#define RINGCACHED_SERVER_ADMIN_MEMORY_PARTS_H_

#include <algorithm>
#include <array>
#include <cstdint>

#include "server/net/server_snapshot.h"

namespace ringcached::server {

struct MemoryPart {
  const char* label;  // in metrics
  const char* title;  // for people
  uint64_t bytes;
};

// They come to the resident memory, but for what changed while the figures were gathered. "rest" is
// what nobody counts: code, the ring, receive buffers as far as they were used, allocator's slack.
inline std::array<MemoryPart, 7> MemoryParts(const ServerSnapshot& snapshot) {
  const storage::CacheStats& cache = snapshot.cache;
  const uint64_t held = cache.segment_bytes + cache.large_value_bytes;
  const uint64_t connections = snapshot.figures.connection_bytes;
  const uint64_t counted = cache.cache_bytes() + connections;
  return {{{"items", "items", cache.item_bytes},
           {"dead_and_free", "dead and free", held - std::min(held, cache.item_bytes)},
           {"index", "index", cache.index_bytes},
           {"filter", "filter", cache.bloom_bytes},
           {"ghosts", "ghosts", cache.ghost_bytes},
           {"connections", "connections", connections},
           {"rest", "rest",
            snapshot.figures.resident_bytes - std::min(snapshot.figures.resident_bytes, counted)}}};
}

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_MEMORY_PARTS_H_
