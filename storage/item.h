// An item of the first engine: one allocation that holds a header, the key and the value. It lives
// as long as anybody holds a reference: the index (one while it is linked), an ItemRef, a Pin. Its
// memory counts against the budget until the last reference is gone, linked or not.

#ifndef RINGCACHED_STORAGE_ITEM_H_
#define RINGCACHED_STORAGE_ITEM_H_

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "storage/allocator.h"
#include "storage/item_view.h"
#include "storage/key.h"
#include "storage/lru_list.h"
#include "storage/time.h"

namespace ringcached::storage {

struct Item;

struct DropReference {
  void operator()(Item* item) const;
};
// Holds one reference.
using ItemRef = std::unique_ptr<Item, DropReference>;

// Key, sizes, client flags and hash never change. The value is filled in before the item is
// published and changes afterwards only while the index holds the sole reference. Everything else,
// once published, belongs to the shard's lock.
struct Item : LruLinks {
  Item* chain_next = nullptr;
  uint64_t hash = 0;
  // 0 until published.
  uint64_t cas = 0;
  Allocator* allocator = nullptr;
  std::atomic<uint32_t> references{1};
  CacheSecond expiry = kNeverExpires;
  uint32_t client_flags = 0;
  uint32_t value_bytes = 0;
  uint8_t key_bytes = 0;
  // Read since it was stored.
  bool fetched = false;

  // A copy of the key and room for the value; null if there is no memory.
  // REQUIRES: key size at most kMaxKeyBytes, value_bytes below 2^32.
  static ItemRef Create(Allocator* allocator, const HashedKey& key, size_t value_bytes,
                        uint32_t client_flags, CacheSecond expiry);
  // What to ask the allocator for.
  static constexpr size_t RequestBytes(size_t key_bytes, size_t value_bytes) {
    return sizeof(Item) + key_bytes + value_bytes;
  }

  // What it counts for in the budget.
  size_t GivenBytes() const;
  // True if the index alone holds it. Stays true while the caller holds the shard's lock, under
  // which alone new references are made.
  bool Unshared() const { return references.load(std::memory_order_acquire) == 1; }

  std::string_view key() const { return {bytes(), key_bytes}; }
  std::string_view value() const { return {bytes() + key_bytes, value_bytes}; }
  char* value_data() { return bytes() + key_bytes; }
  ItemView View();

 private:
  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_ITEM_H_
