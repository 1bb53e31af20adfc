// Makes free segments for a shard, one victim at a time: copies what is kept to the end of the log,
// drops the rest, gives the segment back. Steps are as small as wanted, but for the choice of a
// victim, which may sweep some segments.
//
// Victims, in this order: a segment in which all has expired; where more than a tenth of the shard
// is dead, the segment with most dead bytes, of which all that lives is kept; and, if live items
// may be dropped, the one that eviction chooses. Before that, segments in which more may have
// expired than a sweep lets pass are swept.
//
// Not thread-safe.

#ifndef RINGCACHED_STORAGE_CLEANER_H_
#define RINGCACHED_STORAGE_CLEANER_H_

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "storage/cache_stats.h"
#include "storage/eviction.h"
#include "storage/eviction_observer.h"
#include "storage/item_store.h"
#include "storage/time.h"

namespace ringcached::storage {

class Cleaner {
 public:
  struct Work {
    CacheSecond now = 0;
    // Bytes of the victim to look at, or of large values to drop, whatever comes first; what is
    // begun with the last of them is finished.
    size_t bytes = 0;
    // Drop everything, whatever its use: the cleaning before has freed nothing.
    bool drop_all = false;
    // If no segment is sealed, seal an open one.
    bool may_seal = false;
  };

  struct Options {
    uint64_t hash_seed = 0;
    bool evict = true;  // live items may be dropped
    EvictionObserver* observer = nullptr;
  };

  // The pointers outlive the cleaner.
  Cleaner(ItemStore* store, Eviction* eviction, CacheStats* events, const Options& options)
      : store_(*store), eviction_(*eviction), events_(*events), options_(options) {}
  Cleaner(const Cleaner&) = delete;
  Cleaner& operator=(const Cleaner&) = delete;

  // Cleans on. False if there is nothing that may be cleaned, or no memory for what is kept.
  // `last_cas` is the shard's counter.
  bool Step(const Work& work, uint64_t last_cas);
  bool under_way() const { return victim_ != nullptr; }
  // True if so much is dead that nothing live is dropped.
  bool MuchIsDead() const;
  // True if so much is dead that a segment should be cleaned before a fresh one is taken.
  bool ShouldCleanFirst() const;
  // Forgets the victim, because the log is about to be emptied.
  void Reset() { victim_ = nullptr; }

 private:
  enum class Mode : uint8_t {
    kKeepLive,
    kKeepUsed,  // what eviction keeps
    kDropAll,
  };
  struct Candidate {
    Item* item;
    Range range;
  };
  static constexpr size_t kBatchItems = 16;

  bool ChooseVictim(const Work& work);
  Segment* WhollyExpired(CacheSecond now) const;
  Segment* MostDead() const;
  void SweepDue(CacheSecond now);
  void Sweep(Segment* segment, CacheSecond now);
  void SealForEviction();

  size_t GatherBatch(Candidate* batch);
  bool CleanItem(const Candidate& candidate, CacheSecond now, uint64_t last_cas);
  bool Keep(const ItemStore::Found& found, CacheSecond now, uint64_t last_cas);
  void DropExpired(Range range, const ItemStore::Found& found);
  void DropLive(Range range, const ItemStore::Found& found, CacheSecond now);
  void TellOfEviction(const Item& item, CacheSecond used);
  void Release();

  Range RangeOf(const Item& item) const;

  ItemStore& store_;
  Eviction& eviction_;
  CacheStats& events_;
  const Options options_;

  Segment* victim_ = nullptr;
  Mode mode_ = Mode::kKeepLive;
  size_t cursor_ = 0;  // bytes of the victim that are done
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_CLEANER_H_
