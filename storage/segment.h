// A segment: a fixed number of bytes of the log, with what is known of the items in it. The bytes
// lie in the pool's range; this is the description beside them.

#ifndef RINGCACHED_STORAGE_SEGMENT_H_
#define RINGCACHED_STORAGE_SEGMENT_H_

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "storage/time.h"

namespace ringcached::storage {

class SegmentPool;

// As a segment's latest expiry: it holds an item that never expires.
inline constexpr CacheSecond kHoldsForever = std::numeric_limits<CacheSecond>::max();

// All but `holds` belongs to the lock of the shard that has the segment, or to the pool's once it
// has left the log. Readers look at what does not change while it is in the log: `cas_base`,
// `opened_at`.
struct Segment {
  Segment* older = nullptr;
  Segment* newer = nullptr;
  SegmentPool* pool = nullptr;
  uint32_t number = 0;
  // The shard's hold while the segment is in its log and until no reader can look at it any more,
  // and one for each pin. Whoever gives up the last returns the segment to the pool.
  std::atomic<uint32_t> holds{0};
  uint32_t used_bytes = 0;  // appended, dead items and gaps included
  uint32_t live_bytes = 0;  // of items that the index leads to
  uint32_t live_items = 0;
  uint32_t large_items = 0;  // of those, with their value outside the log
  // The shard's cas counter when the segment was opened; its items say theirs relative to it.
  uint64_t cas_base = 0;
  // No item here lives longer.
  CacheSecond latest_expiry = 0;
  // From then on it may hold more expired bytes than a sweep lets pass; kHoldsForever: never.
  CacheSecond sweep_at = kHoldsForever;
  CacheSecond opened_at = 0;
  uint32_t gap_bytes = 0;      // used, but of no item; a copy has its own, so no cleaning wins them
  uint64_t sealed_as = 0;      // the pool's clock then
  uint64_t retired_under = 0;  // the epoch, once it has left the log
  uint8_t queue = 0;           // of the shard's log

  // Of items, dead ones included.
  uint32_t item_bytes() const { return used_bytes - gap_bytes; }
  uint32_t dead_bytes() const { return item_bytes() - live_bytes; }

  void AddItem(size_t bytes, bool large, CacheSecond expiry) {
    live_bytes += static_cast<uint32_t>(bytes);
    ++live_items;
    large_items += large ? 1 : 0;
    if (expiry != kNeverExpires && expiry < sweep_at) sweep_at = expiry;
    RaiseLatestExpiry(expiry);
  }
  void DropItem(size_t bytes, bool large) {
    assert(live_bytes >= bytes && live_items > 0);
    live_bytes -= static_cast<uint32_t>(bytes);
    --live_items;
    large_items -= large ? 1 : 0;
  }
  void RaiseLatestExpiry(CacheSecond expiry) {
    const CacheSecond end = expiry == kNeverExpires ? kHoldsForever : expiry;
    if (end > latest_expiry) latest_expiry = end;
  }
};

// Segments in the order in which they were added.
class SegmentList {
 public:
  Segment* oldest() const { return oldest_; }
  Segment* newest() const { return newest_; }
  size_t size() const { return size_; }

  void PushNewest(Segment* segment) {
    segment->older = newest_;
    segment->newer = nullptr;
    (newest_ == nullptr ? oldest_ : newest_->newer) = segment;
    newest_ = segment;
    ++size_;
  }
  void Remove(Segment* segment) {
    (segment->older == nullptr ? oldest_ : segment->older->newer) = segment->newer;
    (segment->newer == nullptr ? newest_ : segment->newer->older) = segment->older;
    segment->older = segment->newer = nullptr;
    --size_;
  }

 private:
  Segment* oldest_ = nullptr;
  Segment* newest_ = nullptr;
  size_t size_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_SEGMENT_H_
