// The index of a shard: a hash table of items, chained through the items themselves. Doubles when
// it holds more items than buckets; if it cannot have the memory it goes on with longer chains.
//
// Not thread-safe, except for Prefetch().

#ifndef RINGCACHED_STORAGE_ITEM_TABLE_H_
#define RINGCACHED_STORAGE_ITEM_TABLE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "storage/allocator.h"
#include "storage/item.h"
#include "storage/key.h"

namespace ringcached::storage {

class ItemTable {
 public:
  explicit ItemTable(Allocator* allocator) : allocator_(allocator) {}
  // REQUIRES: empty.
  ~ItemTable();
  ItemTable(const ItemTable&) = delete;
  ItemTable& operator=(const ItemTable&) = delete;

  // Takes the first buckets; false if there is no memory. REQUIRES: called once, before the rest.
  bool Init();

  // Null if the key is not there.
  Item* Find(const HashedKey& key) const;
  // REQUIRES: the key is not there.
  void Insert(Item* item);
  // REQUIRES: `item` is there.
  void Remove(Item* item);

  // Doubles the table if one more item would make it too dense.
  void MakeRoomForOne();

  void ForEach(absl::FunctionRef<void(const Item&)> visitor) const;

  // From any thread: asks for the cache line of the key's bucket.
  void Prefetch(uint64_t hash) const;

  size_t size() const { return size_; }
  size_t bucket_count() const { return bucket_mask() + 1; }

 private:
  // The link that leads to the item with this key, or the empty link at the end of its chain.
  Item** FindLink(uint64_t hash, std::string_view key) const;
  Item** NewBuckets(size_t count);
  void MoveAllTo(Item** buckets, size_t mask);

  Item** buckets() const { return buckets_.load(std::memory_order_relaxed); }
  size_t bucket_mask() const { return bucket_mask_.load(std::memory_order_relaxed); }

  Allocator* const allocator_;
  // Atomic only because Prefetch() reads them while another thread doubles the table.
  std::atomic<Item**> buckets_{nullptr};
  std::atomic<size_t> bucket_mask_{0};
  size_t size_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_ITEM_TABLE_H_
