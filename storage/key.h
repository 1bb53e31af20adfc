// A key and its hash, which travel together: a key is hashed once per request, and shard, index
// and filter all use parts of the same 64 bits.

#ifndef RINGCACHED_STORAGE_KEY_H_
#define RINGCACHED_STORAGE_KEY_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace ringcached::storage {

// Longest key in bytes; the memcached protocol's limit.
inline constexpr size_t kMaxKeyBytes = 250;

// A view of a key's bytes (1 to kMaxKeyBytes of any value) with the hash that Cache::Hash() gave
// it. Valid as long as the bytes are.
struct HashedKey {
  std::string_view bytes;
  uint64_t hash = 0;
};

// `seed` is the cache's secret.
inline uint64_t HashKey(uint64_t seed, std::string_view key) {
  return absl::HashOf(seed, absl::string_view(key.data(), key.size()));
}

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_KEY_H_
