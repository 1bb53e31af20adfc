// Which live items a shard gives up when it needs room, and what it notes of their use for that: an
// 8-bit stamp in the index slot.
//
// kLru, by lazy promotion: the stamp is the tick of the last use; ticks follow the bytes stored,
// and where little is stored the time, so many to a turnover of the shard's memory that ages stay
// below 256. The oldest segment goes; of its items those used after the cutoff are kept. The cutoff
// is a quantile of the stamps of a sample of all items.
//
// kS3Fifo: the stamp counts uses, up to 3. New items go to a small queue. When that holds more than
// a tenth of the shard its oldest segment goes, what was used twice moves to the main queue, the
// rest is dropped and remembered; else the main queue's oldest goes, and what was used since gets
// another round for each use. What comes back while it is remembered goes to the main queue at
// once.
//
// Keeping costs copies. Every byte stored earns the right to copy one; the smaller the credit, the
// more use an item must show to be kept, so that evicting never reclaims more than about two
// segments for each one stored. What is copied from among the dead costs no credit.
//
// Threads: UsedStamp(), TickIsDue() and LastUse() from any thread at any time; the others are the
// shard's, under its lock.

#ifndef RINGCACHED_STORAGE_EVICTION_H_
#define RINGCACHED_STORAGE_EVICTION_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "storage/cache.h"
#include "storage/directory.h"
#include "storage/ghost.h"
#include "storage/segment_log.h"
#include "storage/slot.h"
#include "storage/time.h"

namespace ringcached::storage {

class Eviction {
 public:
  Eviction(EvictionPolicy policy, MemoryLedger* ledger, size_t segment_bytes);

  // For an item that is stored, and for one that is used.
  Stamp NewStamp() const { return policy_ == EvictionPolicy::kLru ? tick() : 0; }
  Stamp UsedStamp(Stamp stamp) const {
    if (policy_ == EvictionPolicy::kLru) return tick();
    return stamp < kMaxUses ? static_cast<Stamp>(stamp + 1) : kMaxUses;
  }
  // Where an item goes that is stored.
  LogQueue QueueFor(uint64_t filter_key, CacheSecond expiry, CacheSecond now) const;

  // Told of every store: `bytes` of it, in a shard of `shard_bytes`.
  void NoteStored(size_t bytes, size_t shard_bytes, CacheSecond now, Directory* directory);
  // Told the time with every store, and with a use when a tick is due.
  void NoteTime(CacheSecond now, Directory* directory) {
    if (TickIsDue(now)) TickByTime(now, directory);
  }
  bool TickIsDue(CacheSecond now) const {
    return now >= next_tick_at_.load(std::memory_order_relaxed);
  }
  // When an item with that stamp was last used, or earlier by at most the length of a tick. With
  // kS3Fifo nothing is known of that, and it is `stored_at`.
  CacheSecond LastUse(Stamp stamp, CacheSecond stored_at) const {
    return policy_ == EvictionPolicy::kLru ? tick_began_[stamp].load(std::memory_order_relaxed)
                                           : stored_at;
  }

  // The segment to go; null if there is none. Looks at the index to decide what of it will be kept.
  Segment* ChooseVictim(const SegmentLog& log, const Directory& directory);
  // Whether an item of that segment is kept, with which stamp, and where.
  bool Keeps(Stamp stamp, const Segment& victim) const {
    if (policy_ == EvictionPolicy::kLru) return Age(stamp) < cutoff_age_;
    return stamp >= (victim.queue == kSmallQueue ? uses_to_promote_ : uses_to_stay_);
  }
  Stamp KeptStamp(Stamp stamp, const Segment& victim) const {
    if (policy_ == EvictionPolicy::kLru) return stamp;
    return victim.queue == kSmallQueue ? 0 : static_cast<Stamp>(stamp - 1);
  }
  LogQueue KeptQueue(const Segment& victim) const {
    return policy_ == EvictionPolicy::kLru ? static_cast<LogQueue>(victim.queue) : kMainQueue;
  }
  // Told of an item that was kept, and of one that was dropped for room. `items`: in the shard.
  void NoteKept(size_t bytes) { credit_bytes_ -= static_cast<int64_t>(bytes); }
  void NoteEvicted(uint64_t filter_key, const Segment& victim, size_t items);

  void Clear() { ghost_.Clear(); }

 private:
  static constexpr Stamp kMaxUses = 3;

  Stamp tick() const { return tick_.load(std::memory_order_acquire); }
  uint8_t Age(Stamp stamp) const { return static_cast<uint8_t>(tick() - stamp); }
  void TickByTime(CacheSecond now, Directory* directory);
  void BeginTick(CacheSecond now, const Directory& directory);
  // Keeps ages from running over: caps those in up to so many of the buckets that are left to cap.
  void CapAges(size_t buckets, Directory* directory);
  void SetThresholds(const Directory& directory);
  // The age of which `older_percent` of all items are at least.
  unsigned AgeAtQuantile(const Directory& directory, size_t older_percent);
  uint64_t Random();

  // Read by all, written once a tick, when it began before what it is.
  alignas(kCacheLineBytes) const EvictionPolicy policy_;
  std::atomic<Stamp> tick_{0};
  std::atomic<CacheSecond> next_tick_at_{0};  // by time
  std::array<std::atomic<CacheSecond>, 256> tick_began_ = {};
  alignas(kCacheLineBytes) size_t stored_in_tick_ = 0;
  CacheSecond first_tick_at_ = 0;
  size_t buckets_to_cap_ = 0;
  const int64_t most_credit_bytes_;
  int64_t credit_bytes_;
  // What the victim's items must show to be kept.
  unsigned cutoff_age_ = 0;
  Stamp uses_to_promote_ = 0;
  Stamp uses_to_stay_ = 0;
  uint64_t random_ = 0x9e3779b97f4a7c15;
  Ghost ghost_;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_EVICTION_H_
