// Invariants:
// - The number of buckets is a power of two; an item's bucket is its hash's low bits.
// - Every item in the table has a different key, and size_ counts them.

#include "storage/item_table.h"

#include <algorithm>
#include <cassert>

namespace ringcached::storage {
namespace {

constexpr size_t kInitialBuckets = 256;

}  // namespace

ItemTable::~ItemTable() {
  assert(size_ == 0);
  if (buckets() != nullptr) {
    allocator_->Free(MemoryUse::kIndex, buckets(), bucket_count() * sizeof(Item*));
  }
}

bool ItemTable::Init() {
  Item** const first = NewBuckets(kInitialBuckets);
  if (first == nullptr) return false;
  buckets_.store(first, std::memory_order_relaxed);
  bucket_mask_.store(kInitialBuckets - 1, std::memory_order_relaxed);
  return true;
}

Item* ItemTable::Find(const HashedKey& key) const { return *FindLink(key.hash, key.bytes); }

void ItemTable::Insert(Item* item) {
  Item** const link = FindLink(item->hash, item->key());
  assert(*link == nullptr);
  item->chain_next = nullptr;
  *link = item;
  ++size_;
}

void ItemTable::Remove(Item* item) {
  Item** const link = FindLink(item->hash, item->key());
  assert(*link == item);
  *link = item->chain_next;
  item->chain_next = nullptr;
  --size_;
}

void ItemTable::MakeRoomForOne() {
  if (size_ < bucket_count()) return;
  const size_t new_count = bucket_count() * 2;
  Item** const new_buckets = NewBuckets(new_count);
  if (new_buckets == nullptr) return;
  MoveAllTo(new_buckets, new_count - 1);
  allocator_->Free(MemoryUse::kIndex, buckets(), bucket_count() * sizeof(Item*));
  buckets_.store(new_buckets, std::memory_order_relaxed);
  bucket_mask_.store(new_count - 1, std::memory_order_relaxed);
}

void ItemTable::ForEach(absl::FunctionRef<void(const Item&)> visitor) const {
  for (size_t bucket = 0; bucket <= bucket_mask(); ++bucket) {
    for (const Item* item = buckets()[bucket]; item != nullptr; item = item->chain_next) {
      visitor(*item);
    }
  }
}

void ItemTable::Prefetch(uint64_t hash) const {
  // Address and mask may be of two different tables. That yields a useless address, which a
  // prefetch may be given; integers, because pointers may not be made to point just anywhere.
  const uintptr_t base = reinterpret_cast<uintptr_t>(buckets());
  const uintptr_t address = base + (hash & bucket_mask()) * sizeof(Item*);
  __builtin_prefetch(reinterpret_cast<const void*>(address));
}

Item** ItemTable::FindLink(uint64_t hash, std::string_view key) const {
  Item** link = &buckets()[hash & bucket_mask()];
  while (*link != nullptr && ((*link)->hash != hash || (*link)->key() != key)) {
    link = &(*link)->chain_next;
  }
  return link;
}

Item** ItemTable::NewBuckets(size_t count) {
  auto* const buckets =
      static_cast<Item**>(allocator_->Allocate(MemoryUse::kIndex, count * sizeof(Item*)));
  if (buckets != nullptr) std::fill_n(buckets, count, nullptr);
  return buckets;
}

void ItemTable::MoveAllTo(Item** new_buckets, size_t new_mask) {
  for (size_t bucket = 0; bucket <= bucket_mask(); ++bucket) {
    for (Item* item = buckets()[bucket]; item != nullptr;) {
      Item* const next = item->chain_next;
      Item*& head = new_buckets[item->hash & new_mask];
      item->chain_next = head;
      head = item;
      item = next;
    }
  }
}

}  // namespace ringcached::storage
