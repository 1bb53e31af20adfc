// The Bloom filter of a shard: says without a lock that a key is certainly not there. Keys are
// only ever added; what deletes and evictions leave behind is forgotten by a rebuild from the keys
// that live, into a spare table of the same size or, if those alone fill the present one, into one
// of twice the size.
//
// Threads: MayContain(), Prefetch() and capacity_keys() from any thread at any time. The others
// are a writer's; the caller makes writers take turns.
//
// There is no false negative: MayContain(k) is true if Add(k) returned before the call began, and
// every rebuild begun since then added k too.

#ifndef RINGCACHED_STORAGE_BLOOM_FILTER_H_
#define RINGCACHED_STORAGE_BLOOM_FILTER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "storage/allocator.h"
#include "storage/bloom_table.h"

namespace ringcached::storage {

class BloomFilter {
 public:
  explicit BloomFilter(Allocator* allocator) : allocator_(allocator) {}
  ~BloomFilter();
  BloomFilter(const BloomFilter&) = delete;
  BloomFilter& operator=(const BloomFilter&) = delete;

  // Takes the first table; false if there is no memory. REQUIRES: called once, before the rest.
  bool Init();

  // False: the key is certainly not there.
  bool MayContain(uint64_t hash) const;
  // Asks for the cache line that MayContain() will read.
  void Prefetch(uint64_t hash) const { active()->Prefetch(hash); }
  // Keys that it holds at the designed error rate.
  size_t capacity_keys() const { return active()->capacity_keys(); }

  void Add(uint64_t hash);
  // True if it holds as many keys, living and dead, as it should.
  bool NeedsRebuild() const { return keys_ >= rebuild_at_keys_; }
  // Forgets all keys but those that `add_living` adds to the table it is given. False, with
  // nothing changed but the time of the next attempt, if there is no memory for a second table.
  bool Rebuild(size_t living_keys, absl::FunctionRef<void(BloomTable*)> add_living);

 private:
  const BloomTable* active() const { return active_.load(std::memory_order_acquire); }
  BloomTable* NewTable(size_t line_count);
  BloomTable* TableFor(size_t living_keys);
  void Activate(BloomTable* table);
  void ScheduleRebuild();

  Allocator* const allocator_;
  // Counts the tables that were activated.
  std::atomic<uint64_t> version_{0};
  std::atomic<BloomTable*> active_{nullptr};

  // The rest is read and written by writers only, on a line that readers do not share. `spare_` has
  // the active table's size or is null.
  alignas(kCacheLineBytes) BloomTable* spare_ = nullptr;
  // Every table there is, linked through next_in_list.
  BloomTable* all_tables_ = nullptr;
  // Different keys added to the active table, and when they are too many.
  size_t keys_ = 0;
  size_t rebuild_at_keys_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_BLOOM_FILTER_H_
