// A slot of the index: all that leads to an item in one 64-bit word, so that one atomic store
// publishes an item and one load finds it. From the highest bit:
//
//   tag 18 | displaced 1 | stamp 8 | location 37
//
// tag: the low bits of the key's range hash (see index_table.h). displaced: the slot lies in its
// alternate bucket. stamp: when the item was last used, or how often (see eviction.h).
// A word whose location is 0 is empty.

#ifndef RINGCACHED_STORAGE_SLOT_H_
#define RINGCACHED_STORAGE_SLOT_H_

#include <atomic>
#include <cstdint>

#include "storage/segment_pool.h"

namespace ringcached::storage {

using Stamp = uint8_t;

inline constexpr unsigned kTagBits = 18;
inline constexpr unsigned kStampBits = 8;
inline constexpr unsigned kDisplacedShift = kLocationBits + kStampBits;
inline constexpr unsigned kTagShift = kDisplacedShift + 1;
static_assert(kTagShift + kTagBits == 64);

inline constexpr uint64_t kLocationMask = (uint64_t{1} << kLocationBits) - 1;
inline constexpr uint64_t kStampMask = uint64_t{0xff} << kLocationBits;
inline constexpr uint64_t kDisplacedMask = uint64_t{1} << kDisplacedShift;
inline constexpr uint64_t kTagMask = (uint64_t{1} << kTagBits) - 1;

using SlotWord = uint64_t;

constexpr SlotWord MakeSlot(uint64_t tag, Stamp stamp, Location location) {
  return (tag << kTagShift) | (uint64_t{stamp} << kLocationBits) | location;
}
constexpr Location LocationIn(SlotWord word) { return word & kLocationMask; }
constexpr bool IsEmpty(SlotWord word) { return LocationIn(word) == 0; }
constexpr Stamp StampIn(SlotWord word) {
  return static_cast<Stamp>((word & kStampMask) >> kLocationBits);
}
constexpr uint64_t TagIn(SlotWord word) { return word >> kTagShift; }
constexpr bool IsDisplaced(SlotWord word) { return (word & kDisplacedMask) != 0; }
constexpr SlotWord WithStamp(SlotWord word, Stamp stamp) {
  return (word & ~kStampMask) | (uint64_t{stamp} << kLocationBits);
}
constexpr SlotWord WithLocation(SlotWord word, Location location) {
  return (word & ~kLocationMask) | location;
}

using Slot = std::atomic<SlotWord>;
static_assert(Slot::is_always_lock_free);

// Notes a use. One compare-exchange of the word as it was read, whose failure is ignored: a plain
// store could undo what a writer has put there since. Looked at once more before that, since the
// exchange takes memory where a table's pages have been given back meanwhile.
inline void Restamp(Slot* slot, SlotWord read, Stamp stamp) {
  if (StampIn(read) == stamp || slot->load(std::memory_order_relaxed) != read) return;
  // Released: what the stamp's tick means is known to whoever reads the stamp.
  slot->compare_exchange_strong(read, WithStamp(read, stamp), std::memory_order_release,
                                std::memory_order_relaxed);
}

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_SLOT_H_
