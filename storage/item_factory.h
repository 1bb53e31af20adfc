// Makes items within the limits on their size.

#ifndef RINGCACHED_STORAGE_ITEM_FACTORY_H_
#define RINGCACHED_STORAGE_ITEM_FACTORY_H_

#include <cstddef>
#include <cstdint>

#include "storage/allocator.h"
#include "storage/cache.h"
#include "storage/item.h"
#include "storage/key.h"
#include "storage/time.h"

namespace ringcached::storage {

class ItemFactory {
 public:
  ItemFactory(Allocator* allocator, size_t max_item_bytes)
      : allocator_(allocator), max_item_bytes_(max_item_bytes) {}

  // As Item::Create(), for a value of any size. kStored sets *item; kTooLarge if the item is larger
  // than is allowed or than can ever find room; kOutOfMemory if the allocator has none. Makes no
  // room in the budget.
  StoreStatus Create(const HashedKey& key, size_t value_bytes, uint32_t client_flags,
                     CacheSecond expiry, ItemRef* item) const;

 private:
  bool TooLarge(size_t key_bytes, size_t value_bytes) const;

  Allocator* const allocator_;
  const size_t max_item_bytes_;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_ITEM_FACTORY_H_
