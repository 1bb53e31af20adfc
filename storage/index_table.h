// One table of the index: buckets of seven slots, each key in its home bucket or in one alternate.
//
// Where a key goes follows from its range hash, `range_bits` bits of the key's hash. The home is
// (range * buckets) >> range_bits, which keeps the order of ranges whatever the number of buckets
// is. A slot's tag is the range's lowest bits, and a table is never so small that a home covers
// more ranges than tags tell apart: so home and tag give back the whole range. That is why tables
// of any size can be made from one another, and filters from tables, without a look at the items.
//
// The table is cut into blocks of kBlockBuckets (the last one larger). A key's alternate bucket is
// in its home's block, so a block stands for itself and can be moved to another table alone.
//
// Threads: Find(), Prefetch() and PeekLocation() from any thread; the others are a writer's, and
// the caller makes writers take turns.

#ifndef RINGCACHED_STORAGE_INDEX_TABLE_H_
#define RINGCACHED_STORAGE_INDEX_TABLE_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "storage/bucket.h"
#include "storage/interleaving.h"
#include "storage/mapped_range.h"
#include "storage/memory_ledger.h"
#include "storage/slot.h"

namespace ringcached::storage {

// The bits of a key's hash that say where it goes.
using Range = uint64_t;

inline constexpr size_t kBlockBuckets = 512;

constexpr uint64_t TagOf(Range range) { return range & kTagMask; }

class IndexTable {
 public:
  // Null if there is no memory. REQUIRES: bucket_count >= 2, bucket_count >= 2^(range_bits -
  // kTagBits), bucket_count * 2^range_bits <= 2^64.
  static std::unique_ptr<IndexTable> Create(MemoryLedger* ledger, size_t bucket_count,
                                            unsigned range_bits, bool huge_pages = false);
  ~IndexTable();
  IndexTable(const IndexTable&) = delete;
  IndexTable& operator=(const IndexTable&) = delete;

  size_t bucket_count() const { return bucket_count_; }
  size_t slot_count() const { return bucket_count_ * kSlotsPerBucket; }
  size_t block_count() const { return block_count_; }
  size_t bytes() const { return bucket_count_ * sizeof(Bucket); }

  size_t HomeOf(Range range) const { return (range * bucket_count_) >> range_bits_; }
  size_t BlockOf(Range range) const { return BlockOfBucket(HomeOf(range)); }
  // Behind the last bucket of a range's block.
  size_t BlockEndOf(Range range) const { return BlockEnd(BlockOf(range)); }
  // The lowest range whose home is the bucket; of bucket_count() the first that no bucket has.
  Range FirstRange(size_t bucket) const {
    const uint64_t scaled = static_cast<uint64_t>(bucket) << range_bits_;
    return scaled / bucket_count_ + (scaled % bucket_count_ != 0 ? 1 : 0);
  }

  // What a range's home said before it was looked into. While it says the same, no slot of that
  // range has gone from one of its buckets to the other.
  struct Watch {
    const Bucket* home = nullptr;
    uint64_t info = 0;

    bool Holds() const {
      return home == nullptr || home->info.load(std::memory_order_relaxed) == info;
    }
  };

  // The slot of that range for which `matches(location)`; null if there is none. The word found is
  // in *word. From any thread: with a writer at work, null is an answer only if the watch still
  // holds, read behind an acquire fence.
  template <typename Matches>
  Slot* Find(Range range, SlotWord* word, Watch* watch, Matches matches) const {
    const size_t home = HomeOf(range);
    const uint64_t tag = TagOf(range);
    const SlotWord pattern = MakeSlot(tag, 0, 0);
    watch->home = &buckets()[home];
    watch->info = watch->home->info.load(std::memory_order_acquire);
    STORAGE_POINT();
    Slot* const found = FindIn(home, pattern, word, matches);
    if (found != nullptr || !Bucket::MayHaveDisplaced(watch->info, tag)) return found;
    STORAGE_POINT();
    return FindIn(AlternateOf(home, tag), pattern | kDisplacedMask, word, matches);
  }

  // The same for the writer, who needs no watch.
  template <typename Matches>
  Slot* Find(Range range, SlotWord* word, Matches matches) const {
    Watch watch;
    return Find(range, word, &watch, matches);
  }

  // Puts the word, which says nothing of displacement yet, where `range` belongs. False if there is
  // no room that a few moves could make.
  bool Place(Range range, SlotWord word);
  // Empties a slot that Find() gave for that range.
  void Erase(Range range, Slot* slot);

  // Calls `visit(range, word)` for each slot of a block; `word` does not say displaced.
  template <typename Visit>
  void ForEachInBlock(size_t block, Visit visit) const {
    const size_t end = BlockEnd(block);
    for (size_t bucket = BlockBegin(block); bucket < end; ++bucket) {
      for (const Slot& slot : buckets()[bucket].slots) {
        const SlotWord word = slot.load(std::memory_order_relaxed);
        if (!IsEmpty(word)) visit(RangeAt(bucket, word), word & ~kDisplacedMask);
      }
    }
  }
  // Calls `visit(range, word)` for each slot whose home is in [first, end); `word` does not say
  // displaced. REQUIRES: both are in one block, of which `end` may be the end.
  template <typename Visit>
  void ForEachWithHome(size_t first, size_t end, Visit visit) const {
    const size_t block = BlockOfBucket(first);
    for (size_t bucket = BlockBegin(block); bucket < BlockEnd(block); ++bucket) {
      for (const Slot& slot : buckets()[bucket].slots) {
        const SlotWord word = slot.load(std::memory_order_relaxed);
        if (IsEmpty(word)) continue;
        const size_t home = IsDisplaced(word) ? HomeOfDisplaced(bucket, TagIn(word)) : bucket;
        if (home >= first && home < end) visit(RangeAt(bucket, word), word & ~kDisplacedMask);
      }
    }
  }
  // Calls `visit(word)` for each slot of a bucket.
  template <typename Visit>
  void ForEachInBucket(size_t bucket, Visit visit) const {
    for (const Slot& slot : buckets()[bucket].slots) {
      const SlotWord word = slot.load(std::memory_order_relaxed);
      if (!IsEmpty(word)) visit(word);
    }
  }

  // Calls `visit(&slot)` for each slot of a bucket.
  template <typename Visit>
  void ForEachSlotOfBucket(size_t bucket, Visit visit) const {
    for (Slot& slot : buckets()[bucket].slots) {
      if (!IsEmpty(slot.load(std::memory_order_relaxed))) visit(&slot);
    }
  }

  // Asks for the line of the range's home.
  void Prefetch(Range range) const { __builtin_prefetch(&buckets()[HomeOf(range)]); }
  // Of the first slot in the home that may be the range's; 0 if there is none.
  Location PeekLocation(Range range) const {
    const Bucket& home = buckets()[HomeOf(range)];
    const uint32_t candidates = home.Candidates(MakeSlot(TagOf(range), 0, 0));
    if (candidates == 0) return 0;
    return LocationIn(home.slots[std::countr_zero(candidates)].load(std::memory_order_relaxed));
  }

  // The ledger counts a table as it fills and empties, since untouched and discarded pages cost
  // nothing. A new one counts for nothing.
  void CountAll() { CountUpTo(bytes()); }
  void CountUpTo(size_t bytes);
  // Gives all memory back, and empties it. It may still be looked at.
  void DiscardAll();
  // Forgets a block whose slots have been moved away, and gives its memory back.
  void DiscardBlock(size_t block);

 private:
  IndexTable(MemoryLedger* ledger, MappedRange memory, size_t bucket_count, unsigned range_bits);

  Bucket* buckets() const { return reinterpret_cast<Bucket*>(memory_.data()); }

  size_t BlockOfBucket(size_t bucket) const {
    const size_t block = bucket / kBlockBuckets;
    return block < block_count_ ? block : block_count_ - 1;
  }
  size_t BlockBegin(size_t block) const { return block * kBlockBuckets; }
  size_t BlockEnd(size_t block) const {
    return block + 1 == block_count_ ? bucket_count_ : (block + 1) * kBlockBuckets;
  }

  template <typename Matches>
  Slot* FindIn(size_t bucket, SlotWord pattern, SlotWord* word, Matches matches) const {
    Bucket& looked_at = buckets()[bucket];
    for (uint32_t candidates = looked_at.Candidates(pattern); candidates != 0;
         candidates &= candidates - 1) {
      STORAGE_POINT();
      Slot* const slot = &looked_at.slots[std::countr_zero(candidates)];
      *word = slot->load(std::memory_order_acquire);
      STORAGE_POINT();
      if (!IsEmpty(*word) && matches(LocationIn(*word))) return slot;
    }
    return nullptr;
  }

  // How far a tag's alternate is from its home, going round within the block.
  static size_t Distance(uint64_t tag, size_t block_buckets) {
    const uint64_t mixed = (tag * 0x9e3779b1U) & 0xffffffff;
    return 1 + static_cast<size_t>((mixed * (block_buckets - 1)) >> 32);
  }
  size_t AlternateOf(size_t home, uint64_t tag) const;
  size_t HomeOfDisplaced(size_t bucket, uint64_t tag) const;
  size_t OtherBucket(size_t bucket, SlotWord word) const {
    return IsDisplaced(word) ? HomeOfDisplaced(bucket, TagIn(word))
                             : AlternateOf(bucket, TagIn(word));
  }
  Range RangeAt(size_t bucket, SlotWord word) const;

  void PutInto(size_t bucket, Slot* slot, size_t home, SlotWord word);
  // Makes a slot of a full bucket free by moving what is in it, and for that what is in the way,
  // `depth` times. Null if that does not help.
  Slot* MakeHole(size_t bucket, int depth);
  void Move(Slot* from, size_t from_bucket, Slot* to, size_t to_bucket);

  MemoryLedger* const ledger_;
  MappedRange memory_;
  const size_t bucket_count_;
  const unsigned range_bits_;
  const size_t block_count_;
  size_t counted_bytes_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_INDEX_TABLE_H_
