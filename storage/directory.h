// How a shard finds its items: the index and the Bloom filter in front of it, and the work that
// keeps both of the right size. That work, a move of the index to a larger or smaller table or a
// rebuild of the filter, is a pass over the blocks of the index, a bounded part of it with each
// write: no operation waits for more than two blocks.
//
// Threads: MayContain(), Prefetch(), PeekLocation() and Look() from any thread at any time; the
// others are the shard's, under its lock.

#ifndef RINGCACHED_STORAGE_DIRECTORY_H_
#define RINGCACHED_STORAGE_DIRECTORY_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "storage/bloom_filter.h"
#include "storage/index_table.h"
#include "storage/interleaving.h"
#include "storage/memory_ledger.h"
#include "storage/slot.h"

namespace ringcached::storage {

class Directory {
 public:
  struct Options {
    // Of an empty index; a power of two of at least 2.
    size_t min_buckets = 16;
    // Bits of a key's hash that choose its shard: they tell nothing about its place here.
    unsigned shard_bits = 0;
    // Keep a filter; without one MayContain() is always true.
    bool filter = true;
    // Large tables ask for huge pages.
    bool huge_pages = false;
    // A resize or rebuild may take memory beyond the budget, because items can make room for it.
    bool beyond_budget = true;
  };

  Directory(MemoryLedger* ledger, const Options& options);
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  // Takes the first tables; false if there is no memory. REQUIRES: called once, before the rest.
  bool Init();

  Range RangeOf(uint64_t hash) const { return (hash << options_.shard_bits) >> (64 - range_bits_); }

  // A range as Bloom tables take it.
  uint64_t FilterKey(Range range) const { return range << (64 - range_bits_); }

  bool MayContain(Range range) const {
    return !options_.filter || filter_.MayContain(FilterKey(range));
  }
  // Asks for the lines that a lookup will read.
  void Prefetch(Range range, bool filter) const {
    if (filter && options_.filter) filter_.Prefetch(FilterKey(range));
    read_.table.load(std::memory_order_acquire)->Prefetch(range);
  }

  // Where the item of that range probably lies; 0 if the index does not say. A hint, got without
  // the lock, for whoever asked for the bucket a while ago and asks for the item now.
  Location PeekLocation(Range range) const {
    return read_.table.load(std::memory_order_acquire)->PeekLocation(range);
  }

  // How a look without the lock has ended.
  enum class Sight : uint8_t {
    kFound,
    kAbsent,
    kUnsure,  // writers were quicker, kMaxLooks times
  };

  // Find() without the lock: kFound if there was such a slot at some time during the call, kAbsent
  // if there was none at some time. `matches` may be asked about items that are gone or replaced
  // by now; what it sees must stay readable (a ReadSection).
  template <typename Matches>
  Sight Look(Range range, Slot** slot, SlotWord* word, Matches matches) const {
    for (int looks = 0; looks < kMaxLooks; ++looks) {
      const uint64_t changes = read_.changes.load(std::memory_order_acquire);
      STORAGE_POINT();
      const IndexTable* const table = read_.table.load(std::memory_order_acquire);
      STORAGE_POINT();
      const IndexTable* const next = read_.next.load(std::memory_order_acquire);
      STORAGE_POINT();
      IndexTable::Watch watch;
      *slot = table->Find(range, word, &watch, matches);
      if (*slot != nullptr) return Sight::kFound;
      IndexTable::Watch next_watch;
      if (next != nullptr) {
        STORAGE_POINT();
        *slot = next->Find(range, word, &next_watch, matches);
        if (*slot != nullptr) return Sight::kFound;
      }
      STORAGE_POINT();
      std::atomic_thread_fence(std::memory_order_acquire);
      const bool still = read_.changes.load(std::memory_order_relaxed) == changes;
      if (still && watch.Holds() && next_watch.Holds()) return Sight::kAbsent;
    }
    return Sight::kUnsure;
  }

  // The slot of that range for which `matches(location)`; null if there is none. The word found is
  // in *word. Valid until the next Insert(), Erase() or Maintain().
  template <typename Matches>
  Slot* Find(Range range, SlotWord* word, Matches matches) const {
    return TableOf(range)->Find(range, word, matches);
  }

  // Adds an item whose key is not there yet. False if there is no memory for it.
  bool Insert(Range range, Stamp stamp, Location location);
  void Erase(Range range, Slot* slot) {
    TableOf(range)->Erase(range, slot);
    --size_;
  }
  // Forgets everything. False, with nothing changed, if there is no memory for empty tables.
  bool Clear();

  // Does a part of the resize or rebuild that is under way, or begins one that is needed. To be
  // called once for each write.
  void Maintain();

  // True while a resize or a rebuild is under way.
  bool moving() const { return pass_under_way(); }

  size_t size() const { return size_; }
  size_t slot_count() const { return table_->slot_count(); }
  size_t filter_capacity_keys() const { return options_.filter ? filter_.capacity_keys() : 0; }
  uint64_t filter_rebuilds() const { return filter_rebuilds_; }

  // Calls `visit(slot)` for the slots of one bucket; from call to call of the next, round and
  // round.
  template <typename Visit>
  void VisitNextBucket(Visit visit) {
    if (++visited_bucket_ >= table_->bucket_count()) visited_bucket_ = 0;
    table_->ForEachSlotOfBucket(visited_bucket_, visit);
    if (next_table_ != nullptr && visited_bucket_ < next_table_->bucket_count()) {
      next_table_->ForEachSlotOfBucket(visited_bucket_, visit);
    }
  }
  // Calls `visit(word)` for the items of the next ranges, `from` the first of them, and returns the
  // range to go on with; range_end() when there are no more. Ranges say where a walk is whatever
  // becomes of the tables: an item that stays is visited once.
  template <typename Visit>
  Range VisitRanges(Range from, Visit visit) const {
    const IndexTable* const table = TableOf(from);
    const size_t first = table->HomeOf(from);
    const size_t end = std::min(first + kVisitedBuckets, table->BlockEndOf(from));
    Range until = table->FirstRange(end);
    // Where a block's neighbours have not moved, the next table knows nothing of their ranges.
    if (table != table_.get())
      until = std::min(until, table_->FirstRange(table_->BlockEndOf(from)));
    table->ForEachWithHome(first, end, [&](Range range, SlotWord word) {
      if (range >= from && range < until) visit(word);
    });
    return until;
  }
  Range range_end() const { return Range{1} << range_bits_; }
  // Calls `visit(word)` for the slots of the bucket that a random number names; of that in each
  // table, while there are two.
  template <typename Visit>
  void Sample(uint64_t random, Visit visit) const {
    for (const IndexTable* const table : {table_.get(), next_table_.get()}) {
      if (table == nullptr) continue;
      const size_t bucket = ((random & 0xffffffff) * table->bucket_count()) >> 32;
      table->ForEachInBucket(bucket, visit);
    }
  }

 private:
  // Of one VisitRanges(): a few hundred items.
  static constexpr size_t kVisitedBuckets = 64;
  static constexpr int kMaxLooks = 8;

  // What readers without the lock go by; they read it in this order. directory.cc says why an
  // unchanged `changes` means that they have missed nothing.
  struct Read {
    std::atomic<uint64_t> changes{0};
    std::atomic<const IndexTable*> table{nullptr};
    std::atomic<const IndexTable*> next{nullptr};
  };

  IndexTable* TableOf(Range range) const {
    if (next_table_ != nullptr && moved_[table_->BlockOf(range)] != 0) return next_table_.get();
    return table_.get();
  }

  std::unique_ptr<IndexTable> TableOfSize(size_t bucket_count);
  void SetTable(std::unique_ptr<IndexTable> table);
  // Also ahead of whatever is written behind it: a reader that sees a slot cleared sees the change.
  void NoteChange() {
    read_.changes.fetch_add(1, std::memory_order_release);
    std::atomic_thread_fence(std::memory_order_release);
  }
  void Retire(std::unique_ptr<IndexTable> table);
  bool Place(Range range, SlotWord word);
  // Sizes are min_buckets times 4, 5, 6 or 7 quarters of a power of two.
  size_t LargerSize(size_t bucket_count) const;
  size_t SizeFor(size_t items) const;
  // The size that the index should have; the present one if that will do.
  size_t WantedSize() const;
  bool BeginResize(size_t bucket_count);
  void MoveBlock(size_t block);
  void FinishResize();
  void BeginRebuild();
  bool pass_under_way() const { return next_table_ != nullptr || filter_.rebuilding(); }
  // Takes the pass on by a block.
  void Advance();

  MemoryLedger* const ledger_;
  const Options options_;
  unsigned range_bits_ = 0;
  BloomFilter filter_;
  alignas(kCacheLineBytes) Read read_;

  alignas(kCacheLineBytes) std::unique_ptr<IndexTable> table_;
  // Tables that were left, without memory: readers may still look at one. They wait to be used
  // again, so there are no more of them than sizes.
  std::vector<std::unique_ptr<IndexTable>> retired_;
  // While the index is resized: the table to come, and which blocks of the present one have moved.
  std::unique_ptr<IndexTable> next_table_;
  std::vector<uint8_t> moved_;
  size_t moved_count_ = 0;
  size_t size_ = 0;

  // A pass is under way if a resize or a filter rebuild is; `cursor_` is its next block.
  size_t cursor_ = 0;
  uint32_t writes_until_step_ = 0;
  size_t retry_growth_at_ = 0;  // items; while there was no memory for a larger table
  uint64_t filter_rebuilds_ = 0;
  size_t visited_bucket_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_DIRECTORY_H_
