// A key and its hash, which travel together: a key is hashed once per request, and shard, index
// and filter all use parts of the same 64 bits.

#ifndef RINGCACHED_STORAGE_KEY_H_
#define RINGCACHED_STORAGE_KEY_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringcached::storage {

// Longest key in bytes; the memcached protocol's limit.
inline constexpr size_t kMaxKeyBytes = 250;

// A view of a key's bytes (1 to kMaxKeyBytes of any value) with the hash that Cache::Hash() gave
// it. Valid as long as the bytes are.
struct HashedKey {
  std::string_view bytes;
  uint64_t hash = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_KEY_H_
