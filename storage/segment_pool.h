// The segments of all shards: one reserved range of addresses, cut into segments of one size, and
// memory for as many as the budget allows. A location names 4 bytes of the range in 37 bits, and
// never the first 4, so that 0 can mean "none".
//
// Thread-safe.

#ifndef RINGCACHED_STORAGE_SEGMENT_POOL_H_
#define RINGCACHED_STORAGE_SEGMENT_POOL_H_

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "storage/mapped_range.h"
#include "storage/memory_ledger.h"
#include "storage/mutex.h"
#include "storage/segment.h"

namespace ringcached::storage {

// Of an item, in units of kLocationUnitBytes from the beginning of the range.
using Location = uint64_t;
inline constexpr size_t kLocationUnitBytes = 4;
inline constexpr unsigned kLocationBits = 37;
inline constexpr size_t kMaxRangeBytes = kLocationUnitBytes << kLocationBits;

class SegmentPool {
 public:
  // `segment_bytes` is a power of two of at least a page, and at most a huge page.
  SegmentPool(MemoryLedger* ledger, size_t segment_bytes, bool huge_pages = false);
  ~SegmentPool();
  SegmentPool(const SegmentPool&) = delete;
  SegmentPool& operator=(const SegmentPool&) = delete;

  // Reserves addresses for that much. False if the system refuses. REQUIRES: called once, first.
  bool Init(size_t max_bytes);

  // A segment with nothing in it and one hold; null if the budget has no room for another. With
  // `beyond_budget` it is given all the same, unless memory or addresses are out.
  Segment* Take(bool beyond_budget) ABSL_LOCKS_EXCLUDED(mutex_);
  // Gives up the log's hold of a segment into which nothing leads any more, when all readers that
  // may be looking at it have gone on. REQUIRES: the calling thread does not look.
  void Retire(Segment* segment) ABSL_LOCKS_EXCLUDED(mutex_);
  // Gives up a pin's hold. Of the last, the segment is free; its memory goes back to the system if
  // the budget is short.
  void Drop(Segment* segment) ABSL_LOCKS_EXCLUDED(mutex_);
  // Frees what no reader looks at any more; Take() and Retire() do so when it is worth a barrier.
  void Collect() ABSL_LOCKS_EXCLUDED(mutex_);
  // Gives memory of free segments back until the budget has that much room.
  void Trim(size_t room_bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  // True if Take(false) would give one just now.
  bool CanTake() ABSL_LOCKS_EXCLUDED(mutex_);

  size_t segment_bytes() const { return segment_bytes_; }
  // How many were ever taken: a clock for the order of segments over all shards.
  uint64_t taken() const { return taken_.load(std::memory_order_relaxed); }
  size_t free_segments() const ABSL_LOCKS_EXCLUDED(mutex_);

  char* BytesOf(const Segment* segment) const {
    return range_.data() + (size_t{segment->number} << segment_shift_);
  }
  Segment* SegmentOf(const void* address) const {
    const auto offset = static_cast<size_t>(static_cast<const char*>(address) - range_.data());
    return segments() + (offset >> segment_shift_);
  }
  Location LocationOf(const void* address) const {
    return static_cast<size_t>(static_cast<const char*>(address) - range_.data()) /
           kLocationUnitBytes;
  }
  char* At(Location location) const { return range_.data() + location * kLocationUnitBytes; }

 private:
  Segment* segments() const { return reinterpret_cast<Segment*>(descriptions_.data()); }
  void CollectLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PutFree(Segment* segment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Segment* PopFree() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool CommitFresh() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Segment* PopCold() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasCold() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void GiveBackFree(size_t room_bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  MemoryLedger* const ledger_;
  const size_t segment_bytes_;
  const unsigned segment_shift_;
  const bool huge_pages_;
  MappedRange range_;
  MappedRange descriptions_;

  // Readers look at what is above; what is written is on other lines.
  alignas(kCacheLineBytes) std::atomic<uint64_t> taken_{0};
  mutable Mutex mutex_;
  // Those that wait for readers, by epoch.
  SegmentList retired_ ABSL_GUARDED_BY(mutex_);
  // Free with memory, and free after their memory was given back; linked through `older`.
  Segment* free_ ABSL_GUARDED_BY(mutex_) = nullptr;
  size_t free_count_ ABSL_GUARDED_BY(mutex_) = 0;
  Segment* cold_ ABSL_GUARDED_BY(mutex_) = nullptr;
  // Segments from here on were never given.
  size_t next_fresh_ ABSL_GUARDED_BY(mutex_) = 1;
  // Those up to here may be touched.
  size_t committed_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t end_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_SEGMENT_POOL_H_
