// The items of a shard: the log that they lie in and the directory that finds them, changed
// together. An item lives from Add() or Replace() until it is replaced or removed; Move() gives it
// another place.
//
// Threads: Look() and the directory's lock-free questions from any thread; the others are the
// shard's, under its lock.

#ifndef RINGCACHED_STORAGE_ITEM_STORE_H_
#define RINGCACHED_STORAGE_ITEM_STORE_H_

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "storage/cas_numbering.h"
#include "storage/directory.h"
#include "storage/item.h"
#include "storage/key.h"
#include "storage/segment_log.h"
#include "storage/segment_pool.h"
#include "storage/slot.h"

namespace ringcached::storage {

class ItemStore {
 public:
  // An item and what leads to it. Valid until the next change of the store.
  struct Found {
    Item* item = nullptr;  // null: not there
    Slot* slot = nullptr;
    SlotWord word = 0;
  };

  ItemStore(SegmentPool* pool, MemoryLedger* ledger, const Directory::Options& options,
            const CasNumbering& numbering)
      : pool_(*pool), log_(pool, numbering), directory_(ledger, options) {}
  ItemStore(const ItemStore&) = delete;
  ItemStore& operator=(const ItemStore&) = delete;

  bool Init() { return directory_.Init(); }

  Found Find(Range range, std::string_view key) const {
    return FindWhere(range, [&](const Item& item) { return item.key() == key; });
  }
  // Find() without the lock, in a ReadSection; see Directory::Look().
  Directory::Sight Look(Range range, std::string_view key, Found* found) const {
    const auto matches = [&](Location location) {
      return SegmentLog::ItemAt(pool_.At(location))->key() == key;
    };
    const Directory::Sight sight = directory_.Look(range, &found->slot, &found->word, matches);
    if (sight == Directory::Sight::kFound) {
      found->item = SegmentLog::ItemAt(pool_.At(LocationIn(found->word)));
    }
    return sight;
  }
  // The item at that place, if it lives.
  Found FindAt(Range range, const Item* place) const {
    return FindWhere(range, [&](const Item& item) { return &item == place; });
  }

  // All four append to the queue's open segment. REQUIRES: log().Fits() said so just now.
  // Add(): the key is not there. False, with nothing changed, if the directory has no memory; the
  // spec's large value then stays the caller's.
  bool Add(Range range, LogQueue queue, const ItemSpec& spec, Stamp stamp);
  void Replace(const Found& present, LogQueue queue, const ItemSpec& spec, Stamp stamp);
  // The same item elsewhere: `spec` is its SpecOf().
  void Move(const Found& present, LogQueue queue, const ItemSpec& spec, Stamp stamp);

  void Remove(Range range, const Found& present);
  // The range of an item's key.
  using RangeOfKey = absl::FunctionRef<Range(std::string_view)>;
  // Removes all items.
  void Clear(RangeOfKey range_of);
  // Removes those with a large value, which hold memory that the pool does not own.
  void RemoveLarge(RangeOfKey range_of) {
    RemoveWhere([](const Item& item) { return item.large(); }, range_of);
  }

  // The segment that is being cleaned; it stays in the log when its last item goes. Null: none.
  void set_guarded(const Segment* segment) { guarded_ = segment; }

  uint64_t CasOf(const Item& item) const { return log_.CasOf(item); }
  Segment* SegmentOf(const Item& item) const { return pool_.SegmentOf(&item); }

  SegmentPool& pool() { return pool_; }
  SegmentLog& log() { return log_; }
  const SegmentLog& log() const { return log_; }
  Directory& directory() { return directory_; }
  const Directory& directory() const { return directory_; }
  // Of values outside the log.
  size_t large_bytes() const { return large_bytes_; }

 private:
  template <typename Matches>
  Found FindWhere(Range range, Matches matches) const {
    Found found;
    found.slot = directory_.Find(range, &found.word, [&](Location location) {
      return matches(*SegmentLog::ItemAt(pool_.At(location)));
    });
    if (found.slot != nullptr) {
      found.item = SegmentLog::ItemAt(pool_.At(LocationIn(found.word)));
    }
    return found;
  }
  void Link(const Found& present, const Item& item, Stamp stamp);
  // What becomes of an item that nothing leads to any more.
  void Discard(const Item& item);
  void NoteDead(const Item& item);
  void RemoveWhere(absl::FunctionRef<bool(const Item&)> wanted, RangeOfKey range_of);

  SegmentPool& pool_;
  SegmentLog log_;
  Directory directory_;
  const Segment* guarded_ = nullptr;
  size_t large_bytes_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_ITEM_STORE_H_
