// Who is told of live items that are dropped for room.

#ifndef RINGCACHED_STORAGE_EVICTION_OBSERVER_H_
#define RINGCACHED_STORAGE_EVICTION_OBSERVER_H_

#include "storage/item_view.h"

namespace ringcached::storage {

class EvictionObserver {
 public:
  // Whether to be told; asked for each item, on the thread that needs the room.
  virtual bool Wants() const = 0;
  // Called under a shard's lock, on the same thread: must be quick and must not ask the cache. The
  // view has no value; its expiry_before is the item's end.
  virtual void OnEvicted(const ItemView& item) = 0;

 protected:
  ~EvictionObserver() = default;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_EVICTION_OBSERVER_H_
