// The Bloom filter of a shard: says without a lock that a key is certainly not there. Keys are
// only ever added; what deletes and evictions leave behind is forgotten by a rebuild from the keys
// that live, which goes on in small steps beside everything else: readers ask the old table until
// the new one is complete, writers add to both.
//
// Threads: MayContain(), Prefetch() and capacity_keys() from any thread at any time. The others
// are a writer's; the caller makes writers take turns.
//
// There is no false negative: MayContain(k) is true if Add(k) returned before the call began, and
// every rebuild finished since then was given k, by Add() or by AddLiving().

#ifndef RINGCACHED_STORAGE_BLOOM_FILTER_H_
#define RINGCACHED_STORAGE_BLOOM_FILTER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "storage/bloom_table.h"
#include "storage/memory_ledger.h"

namespace ringcached::storage {

class BloomFilter {
 public:
  explicit BloomFilter(MemoryLedger* ledger) : ledger_(ledger) {}
  BloomFilter(const BloomFilter&) = delete;
  BloomFilter& operator=(const BloomFilter&) = delete;

  // Takes the first table; false if there is no memory. REQUIRES: called once, before the rest.
  bool Init(size_t line_count);

  // False: the key is certainly not there. A key is as in BloomTable.
  bool MayContain(uint64_t key) const;
  // Asks for the cache line that MayContain() will read.
  void Prefetch(uint64_t key) const { active()->Prefetch(key); }
  // Keys that it holds at the designed error rate.
  size_t capacity_keys() const { return active()->capacity_keys(); }

  void Add(uint64_t key);
  // True if the dead fill so much of it that a rebuild is worth its work.
  bool NeedsRebuild() const { return keys_ >= rebuild_at_keys_; }
  // Puts the next rebuild off, because it cannot be done now.
  void PostponeRebuild();

  // A rebuild: begun with the size of the new table, given every living key, finished or abandoned.
  // BeginRebuild() returns false, with nothing begun, if there is no memory.
  bool BeginRebuild(size_t line_count);
  bool rebuilding() const { return next_ != nullptr; }
  void AddLiving(uint64_t key) { next_keys_ += next_->Add(key) ? 1 : 0; }
  void FinishRebuild();
  void AbandonRebuild();

 private:
  const BloomTable* active() const { return active_.load(std::memory_order_acquire); }
  BloomTable* TableOf(size_t line_count);
  void ScheduleRebuild();

  MemoryLedger* const ledger_;
  // Counts the tables that were activated.
  std::atomic<uint64_t> version_{0};
  std::atomic<BloomTable*> active_{nullptr};

  // The rest is read and written by writers only, on a line that readers do not share.
  alignas(kCacheLineBytes) BloomTable* next_ = nullptr;
  // Every table there ever was. Those discarded hold no memory and wait to be used again.
  std::vector<std::unique_ptr<BloomTable>> tables_;
  // Different keys added to the active table and to the next, and when the first are too many.
  size_t keys_ = 0;
  size_t next_keys_ = 0;
  size_t rebuild_at_keys_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_BLOOM_FILTER_H_
