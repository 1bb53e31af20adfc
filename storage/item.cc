#include "storage/item.h"

#include <cstring>
#include <limits>
#include <new>

namespace ringcached::storage {
namespace {

void ReleasePin(void* holder) { DropReference()(static_cast<Item*>(holder)); }

Pin MakeItemPin(void* owner) {
  // Relaxed: the caller is protected by the shard's lock, so the index's reference still counts.
  static_cast<Item*>(owner)->references.fetch_add(1, std::memory_order_relaxed);
  return Pin(&ReleasePin, owner);
}

}  // namespace

void DropReference::operator()(Item* item) const {
  assert(item->references.load(std::memory_order_relaxed) > 0);
  if (item->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Allocator* const allocator = item->allocator;
  const size_t request_bytes = Item::RequestBytes(item->key_bytes, item->value_bytes);
  item->~Item();
  allocator->Free(MemoryUse::kItem, item, request_bytes);
}

ItemRef Item::Create(Allocator* allocator, const HashedKey& key, size_t value_bytes,
                     uint32_t client_flags, CacheSecond expiry) {
  assert(!key.bytes.empty() && key.bytes.size() <= kMaxKeyBytes);
  assert(value_bytes <= std::numeric_limits<uint32_t>::max());
  void* const memory =
      allocator->Allocate(MemoryUse::kItem, RequestBytes(key.bytes.size(), value_bytes));
  if (memory == nullptr) return nullptr;
  ItemRef item(new (memory) Item);
  item->hash = key.hash;
  item->allocator = allocator;
  item->expiry = expiry;
  item->client_flags = client_flags;
  item->value_bytes = static_cast<uint32_t>(value_bytes);
  item->key_bytes = static_cast<uint8_t>(key.bytes.size());
  std::memcpy(item->bytes(), key.bytes.data(), key.bytes.size());
  return item;
}

size_t Item::GivenBytes() const {
  return Allocator::GivenBytes(MemoryUse::kItem, this, RequestBytes(key_bytes, value_bytes));
}

ItemView Item::View() {
  return {.key = key(),
          .value = value(),
          .client_flags = client_flags,
          .cas = cas,
          .expiry = expiry,
          .make_pin = &MakeItemPin,
          .owner = this};
}

}  // namespace ringcached::storage
