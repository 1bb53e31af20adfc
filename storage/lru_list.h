// A list of items from the most to the least recently used, linked through the items themselves:
// moving one costs no allocation. Not thread-safe.

#ifndef RINGCACHED_STORAGE_LRU_LIST_H_
#define RINGCACHED_STORAGE_LRU_LIST_H_

#include <cassert>

namespace ringcached::storage {

// What a listed item inherits. Both null while it is in no list.
struct LruLinks {
  LruLinks* lru_newer = nullptr;
  LruLinks* lru_older = nullptr;
};

// The list is a ring through `ends_`, whose "older" is the newest item and whose "newer" is the
// oldest, so that no operation knows an empty list or an end.
template <typename T>
class LruList {
 public:
  LruList() { ends_.lru_newer = ends_.lru_older = &ends_; }
  LruList(const LruList&) = delete;
  LruList& operator=(const LruList&) = delete;

  // The least recently used, or null.
  T* Oldest() const { return AsItem(ends_.lru_newer); }
  // The next more recently used than `item`, or null.
  T* NewerThan(const T* item) const { return AsItem(item->lru_newer); }

  // REQUIRES: `item` is in no list.
  void PushNewest(T* item) {
    assert(item->lru_newer == nullptr && item->lru_older == nullptr);
    item->lru_newer = &ends_;
    item->lru_older = ends_.lru_older;
    item->lru_older->lru_newer = item;
    ends_.lru_older = item;
  }

  // REQUIRES: `item` is in this list.
  void Remove(T* item) {
    assert(item->lru_newer != nullptr && item->lru_older != nullptr);
    item->lru_newer->lru_older = item->lru_older;
    item->lru_older->lru_newer = item->lru_newer;
    item->lru_newer = item->lru_older = nullptr;
  }

  void MoveToNewest(T* item) {
    Remove(item);
    PushNewest(item);
  }

 private:
  T* AsItem(LruLinks* links) const { return links == &ends_ ? nullptr : static_cast<T*>(links); }

  LruLinks ends_;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_LRU_LIST_H_
