// A shard's segments: in each queue one open segment that items are appended to, and the sealed
// ones behind it in the order in which they were sealed. Counts what lives and what is dead.
//
// Not thread-safe.

#ifndef RINGCACHED_STORAGE_SEGMENT_LOG_H_
#define RINGCACHED_STORAGE_SEGMENT_LOG_H_

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "storage/item.h"
#include "storage/segment.h"
#include "storage/segment_pool.h"

namespace ringcached::storage {

enum LogQueue : uint8_t {
  // With kLru, by time to live.
  kLongLivedQueue = 0,
  kShortLivedQueue = 1,
  // With kS3Fifo.
  kSmallQueue = 0,
  kMainQueue = 1,
};
inline constexpr size_t kLogQueues = 2;

class SegmentLog {
 public:
  SegmentLog(SegmentPool* pool, const CasNumbering& numbering)
      : pool_(pool), numbering_(numbering) {}
  SegmentLog(const SegmentLog&) = delete;
  SegmentLog& operator=(const SegmentLog&) = delete;

  // Whether the queue's open segment has room for it. Sets what of its cas it has to say there.
  bool Fits(LogQueue queue, ItemSpec* spec) const;
  // Appends an item that lives. REQUIRES: Fits() said so just now.
  Item* Append(LogQueue queue, const ItemSpec& spec);
  // Seals the queue's open segment, if any, and goes on in `segment`, which the log then holds.
  // `cas_counter` is the shard's. A segment in which nothing lives is given up instead of sealed.
  void Open(LogQueue queue, Segment* segment, uint64_t cas_counter, CacheSecond now);
  // Seals it without another.
  void Seal(LogQueue queue);

  // An item is no longer led to. Returns its segment.
  Segment* NoteDead(const Item& item);
  // Takes a segment out of the log and gives it up, whatever is counted as alive in it.
  void Retire(Segment* segment);
  // All of them.
  void RetireAll();

  // Calls `visit(Item*)` for every item of a segment from `offset` on, dead or alive, until that
  // returns false. Returns where it stopped: before the item that was refused, or at the end.
  template <typename Visit>
  size_t Walk(const Segment& segment, size_t offset, Visit visit) const {
    char* const begin = pool_->BytesOf(&segment);
    while (offset < segment.used_bytes) {
      Item* const item = ItemAt(begin + offset);
      if (item->is_gap()) {
        offset += kItemAlignBytes;
        continue;
      }
      const size_t item_bytes = item->size_bytes();
      if (!visit(item)) break;
      offset += item_bytes;
    }
    return offset;
  }

  bool is_open(const Segment* segment) const { return open_[segment->queue] == segment; }
  Segment* open(LogQueue queue) const { return open_[queue]; }
  const SegmentList& sealed(LogQueue queue) const { return sealed_[queue]; }
  // Of all sealed segments, the one that was sealed first; null if there is none.
  Segment* Oldest() const;
  // When the oldest of all segments was opened; 0 if there is none.
  CacheSecond OldestSecond() const;
  size_t sealed_count() const { return sealed_[0].size() + sealed_[1].size(); }
  size_t segment_count() const { return segment_count_; }
  // Memory of all its segments, and of a queue's.
  size_t total_bytes() const { return segment_count_ * pool_->segment_bytes(); }
  size_t queue_bytes(LogQueue queue) const {
    return (sealed_[queue].size() + (open_[queue] != nullptr ? 1 : 0)) * pool_->segment_bytes();
  }
  size_t live_bytes() const { return live_bytes_; }
  // In sealed segments; without the gaps before aligned items, which cleaning does not win.
  size_t dead_bytes() const { return sealed_item_bytes_ - sealed_live_bytes_; }
  size_t sealed_bytes() const { return sealed_count() * pool_->segment_bytes(); }

  uint64_t CasOf(const Item& item) const {
    return item.cas(numbering_, pool_->SegmentOf(&item)->cas_base);
  }

  // The item whose first byte that is.
  static Item* ItemAt(char* place) { return reinterpret_cast<Item*>(place); }

 private:
  size_t AlignedOffset(const Segment& segment, const ItemSpec& spec) const;

  SegmentPool* const pool_;
  const CasNumbering numbering_;
  std::array<Segment*, kLogQueues> open_ = {};
  std::array<SegmentList, kLogQueues> sealed_;
  size_t segment_count_ = 0;
  size_t live_bytes_ = 0;
  size_t sealed_item_bytes_ = 0;
  size_t sealed_live_bytes_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_SEGMENT_LOG_H_
