// A part of the cache with its own lock: items, what finds them, what is to be known of their use,
// counters.
//
// Threads: every method from any thread. Reads take no lock while they change nothing but what is
// noted of an item's use; shard_read.cc says when they do. All others take it, but Prefetch() and
// PrefetchItem(), and what the filter answers.

#ifndef RINGCACHED_STORAGE_SHARD_H_
#define RINGCACHED_STORAGE_SHARD_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "storage/bloom_gate.h"
#include "storage/cache.h"
#include "storage/cas_numbering.h"
#include "storage/cleaner.h"
#include "storage/directory.h"
#include "storage/eviction.h"
#include "storage/grace_period.h"
#include "storage/item.h"
#include "storage/item_store.h"
#include "storage/large_value.h"
#include "storage/memory_ledger.h"
#include "storage/mutex.h"
#include "storage/segment_pool.h"
#include "storage/shard_ages.h"

namespace ringcached::storage {

// What all shards of a cache share; outlives them.
struct ShardContext {
  MemoryLedger* ledger = nullptr;
  SegmentPool* pool = nullptr;
  LargeValueHeap* large_values = nullptr;
  GracePeriod* grace_period = nullptr;
  ShardAges* ages = nullptr;
  Directory::Options directory;
  EvictionPolicy eviction = EvictionPolicy::kLru;
  BloomMode bloom = BloomMode::kAuto;
  uint64_t hash_seed = 0;
  EvictionObserver* eviction_observer = nullptr;
  bool evict = true;
  size_t shard_count = 1;
  // Larger values lie outside the log.
  size_t max_inline_value_bytes = 0;
  // Larger items are refused, by memcached's way of counting.
  size_t max_item_bytes = 0;
};

// A store as a shard takes it: the value as bytes, which are copied, or as a large value, whose
// reference is taken if it is stored.
struct ShardStore {
  HashedKey key;
  std::string_view value;
  LargeValueRef large;
  uint32_t client_flags = 0;
  CacheSecond expiry = kNeverExpires;
  StoreRule rule = {};
  // Set with kOutOfMemory: the room that would help.
  size_t wanted_bytes = 0;
};

class Shard {
 public:
  // `number` is below context.shard_count and different in every shard.
  Shard(const ShardContext& context, size_t number);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // False if there is no memory for the empty shard. REQUIRES: called once, before the rest.
  bool Init();

  // True if an item is above the context's max_item_bytes.
  static bool TooLarge(const ShardContext& context, size_t key_bytes, size_t value_bytes);

  void Prefetch(uint64_t hash) const ABSL_NO_THREAD_SAFETY_ANALYSIS;

  void PrefetchItem(uint64_t hash) const ABSL_NO_THREAD_SAFETY_ANALYSIS;

  LookupStatus Get(const HashedKey& key, CacheSecond now, Cache::HitVisitor visitor);
  DeleteStatus Delete(const DeleteRequest& request, CacheSecond now, size_t* value_bytes);
  // Visits the items of the next ranges, *range the first of them; false if those were the last.
  bool Walk(Range* range, CacheSecond now, Cache::HitVisitor visitor);

  // kOutOfMemory may mean that other shards have to give memory up, because theirs is older or this
  // one has none: then try again, at last with `last_try`, which takes room from this shard
  // whatever its age.
  StoreResult Store(ShardStore* store, CacheSecond now, bool last_try);
  DeltaResult Delta(const DeltaRequest& request, CacheSecond now, bool last_try);
  // out_of_memory: there is no room for a vivified item, or for a new end. Then the visitor was not
  // called and nothing has changed.
  struct ReadResult {
    LookupStatus status = LookupStatus::kMiss;
    bool out_of_memory = false;
  };
  ReadResult Read(const HashedKey& key, const ReadOptions& options, CacheSecond now, bool last_try,
                  Cache::HitVisitor visitor);

  // Cleans until the ledger has room for `bytes`, or a segment has been cleaned, or nothing may be.
  // True if it cleaned anything.
  bool GiveUp(size_t bytes, CacheSecond now);

  void FlushAll(CacheSecond at, CacheSecond now);

  // Adds this shard's figures; those that the ledger has are not added here.
  void AddStats(CacheStats* stats) const;

 private:
  // The budget may be exceeded by so many segments: those that cleaning takes for what it keeps.
  static constexpr size_t kToleratedSegments = 2;

  using Found = ItemStore::Found;
  struct Lookup {
    LookupStatus status = LookupStatus::kMiss;
    Found found;
  };

  Range RangeOf(uint64_t hash) const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return store_.directory().RangeOf(hash);
  }
  void PrefetchFor(Range range) const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    store_.directory().Prefetch(range, /*filter=*/true);
  }
  // Without the lock: true if the filter knows that the key is absent, which is counted.
  bool KnownAbsent(Range range) ABSL_NO_THREAD_SAFETY_ANALYSIS;

  // Reads without the lock. None: it takes the lock, and nothing was shown, changed or counted.
  std::optional<LookupStatus> ReadUnlocked(
      Range range, const HashedKey& key, const ReadOptions& options, bool describes,
      CacheSecond now, Cache::HitVisitor visitor) ABSL_NO_THREAD_SAFETY_ANALYSIS;
  void BeginDueTick(CacheSecond now);
  LookupStatus GetLocked(Range range, const HashedKey& key, CacheSecond now,
                         Cache::HitVisitor visitor);

  // The item if it is there and has not ended. One that has ended is removed.
  Lookup FindLive(Range range, std::string_view key, CacheSecond now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The same for a lookup that the filter was asked about, if it is asked.
  Lookup FindPassed(Range range, std::string_view key, CacheSecond now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteUse(const Found& found, CacheSecond now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // These two with the lock or in a ReadSection.
  void Show(std::string_view key, const Found& found, ItemView* view,
            Cache::HitVisitor visitor) ABSL_NO_THREAD_SAFETY_ANALYSIS;
  // What is to be known of an item beyond its value.
  void Describe(const Found& found, CacheSecond now,
                ItemView* view) const ABSL_NO_THREAD_SAFETY_ANALYSIS;
  // What a read with options does to the item, and what of it the view then says. False, and then
  // perhaps without the item, if there is no memory for its new end.
  bool ApplyOptions(Range range, const HashedKey& key, const ReadOptions& options, CacheSecond now,
                    Found* found, ItemView* view) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Vivify(Range range, const HashedKey& key, const ReadOptions& options, CacheSecond now,
              bool last_try, Found* found) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Copies the item with what `change` makes of its spec to another place, which *found follows.
  // False, and then perhaps without the item, if there is no memory for that.
  bool Rewrite(Range range, std::string_view key, Found* found,
               absl::FunctionRef<void(ItemSpec*)> change, CacheSecond now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives the item a new expiry; it may lie elsewhere then, which *found follows. False if there is
  // no memory for that.
  bool SetExpiry(Range range, std::string_view key, Found* found, CacheSecond expiry,
                 CacheSecond now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // False, and nothing is changed, if the item has no field for it.
  bool SetExpiryInPlace(Item* item, CacheSecond expiry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Stores `spec` in place of `present`, if that is there. *present follows when making room has
  // moved it; if it was dropped then, `needs_present` refuses.
  StoreStatus Put(Range range, Found* present, bool needs_present, ItemSpec* spec, CacheSecond now,
                  bool last_try) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  LogQueue QueueFor(Range range, const Found& present, CacheSecond expiry, CacheSecond now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  StoreResult StoreJoined(Range range, Found* present, ShardStore* store, CacheSecond now,
                          bool last_try) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  DeltaResult DeltaPresent(Range range, Found* present, const DeltaRequest& request,
                           CacheSecond now, bool last_try) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  DeltaStatus StoreNumber(Range range, const DeltaRequest& request, Found* present, uint64_t number,
                          uint64_t cas, CacheSecond now, bool last_try)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  DeltaResult StoreInitial(Range range, const DeltaRequest& request, CacheSecond now, bool last_try)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Puts an empty item in place of *present. False if there is no room for it.
  bool LeaveEmpty(Range range, Found* present, const DeleteRequest& request, uint64_t cas,
                  CacheSecond now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Room for `spec` in the queue's open segment and, but for `credit_bytes`, in the budget.
  // *moved: items may lie elsewhere now.
  bool MakeRoomFor(LogQueue queue, ItemSpec* spec, size_t credit_bytes, CacheSecond now,
                   bool last_try, bool* moved) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MakeRoomInLog(LogQueue queue, ItemSpec* spec, CacheSecond now, bool last_try, bool* moved)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeRoomForReplacement(LogQueue queue, ItemSpec* spec, CacheSecond now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PublishAge() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Cleans a little before it has to be, and while the budget is short.
  void CleanAhead(LogQueue queue, size_t item_bytes, CacheSecond now, bool* moved)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Cleans in steps until `done()`; false if it cannot.
  bool CleanUntil(absl::FunctionRef<bool()> done, size_t step_bytes, CacheSecond now, bool may_seal,
                  bool* moved) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  bool FlushIsDue(CacheSecond now) const {
    const CacheSecond at = flush_at_.load(std::memory_order_acquire);
    return at != 0 && now >= at;
  }
  void SettleFlush(CacheSecond now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Flush() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The number of the next version, as clients see it.
  uint64_t NextCas() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return numbering_.Number(last_cas_ + 1);
  }

  const ShardContext& context_;
  const size_t number_;
  const CasNumbering numbering_;

  // Readers of absent keys write here and nowhere else that is shared.
  alignas(kCacheLineBytes) BloomGate gate_;

  alignas(kCacheLineBytes) mutable Mutex mutex_;
  // Readers ask directory and eviction without the lock where those allow it.
  ItemStore store_ ABSL_GUARDED_BY(mutex_);
  Eviction eviction_ ABSL_GUARDED_BY(mutex_);
  // Events only; the levels stay 0.
  CacheStats events_ ABSL_GUARDED_BY(mutex_);
  Cleaner cleaner_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_cas_ ABSL_GUARDED_BY(mutex_) = 0;  // numbering_'s counter
  // When a delayed flush_all is due; 0: none is. Written under the lock.
  alignas(kCacheLineBytes) std::atomic<CacheSecond> flush_at_{0};
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_SHARD_H_
