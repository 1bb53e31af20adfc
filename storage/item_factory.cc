#include "storage/item_factory.h"

namespace ringcached::storage {
namespace {

// What memcached counts beside key and value. Taking its figure and not our header's size makes
// the same limit refuse the same values, whatever the engine.
constexpr size_t kItemOverheadBytes = 59;

}  // namespace

StoreStatus ItemFactory::Create(const HashedKey& key, size_t value_bytes, uint32_t client_flags,
                                CacheSecond expiry, ItemRef* item) const {
  if (TooLarge(key.bytes.size(), value_bytes)) return StoreStatus::kTooLarge;
  *item = Item::Create(allocator_, key, value_bytes, client_flags, expiry);
  return *item != nullptr ? StoreStatus::kStored : StoreStatus::kOutOfMemory;
}

bool ItemFactory::TooLarge(size_t key_bytes, size_t value_bytes) const {
  const size_t beside_value_bytes = kItemOverheadBytes + key_bytes;
  if (beside_value_bytes > max_item_bytes_) return true;
  if (value_bytes > max_item_bytes_ - beside_value_bytes) return true;
  return !allocator_->CouldHold(Item::RequestBytes(key_bytes, value_bytes));
}

}  // namespace ringcached::storage
