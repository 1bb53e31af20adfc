// A log of segments of fixed size, and where in it each object's item is. An item that is
// overwritten or removed leaves dead bytes behind until its segment is released. An item that does
// not fit a segment gets one of its own size. Segments stand in queues, oldest first; items are
// appended to lanes, each of which has one open segment and belongs to a queue.

#ifndef RINGCACHED_BENCH_SIMULATION_SEGMENT_LOG_H_
#define RINGCACHED_BENCH_SIMULATION_SEGMENT_LOG_H_

#include <cstdint>
#include <list>
#include <optional>
#include <vector>

#include "bench/simulation/cache.h"

namespace ringcached::simulation {

struct Segment {
  std::vector<Object> appended;  // in order; dead ones too
  uint64_t size_bytes = 0;
  uint64_t used_bytes = 0;
  uint64_t live_bytes = 0;
  Time last_expiry = 0;
  uint32_t lane = 0;
  bool open = false;
};

using SegmentId = uint32_t;

class SegmentLog {
 public:
  static constexpr SegmentId kNone = UINT32_MAX;

  // `lane_queues`: the queue of each lane, queues counted from 0.
  // `bytes` of each object; outlives the log.
  SegmentLog(const std::vector<uint32_t>& bytes, uint64_t segment_bytes,
             std::vector<uint32_t> lane_queues);

  bool Holds(Object object) const { return places_[object].segment != kNone; }
  // REQUIRES of both: Holds(object).
  uint32_t LaneOf(Object object) const { return segments_[places_[object].segment].lane; }
  void Remove(Object object);

  // What Append() would take from free memory; 0 if the open segment has room.
  uint64_t BytesToOpen(Object object, uint32_t lane) const;
  // REQUIRES: !Holds(object).
  void Append(Object object, uint32_t lane, Time expires_at);

  // All segments that are no longer open, by queue, oldest first.
  const std::list<SegmentId>& queue(uint32_t queue) const { return queues_[queue]; }
  uint32_t queue_count() const { return static_cast<uint32_t>(queues_.size()); }
  const Segment& segment(SegmentId id) const { return segments_[id]; }
  bool IsOversize(SegmentId id) const { return segments_[id].size_bytes > segment_bytes_; }
  std::optional<SegmentId> Oldest(uint32_t queue) const;
  std::vector<Object> LiveItems(SegmentId id) const;
  // REQUIRES: nothing live is in the segment.
  void Release(SegmentId id);
  // The segment becomes the newest of its queue.
  void Requeue(SegmentId id);

  uint64_t segment_bytes() const { return segment_bytes_; }
  uint64_t held_bytes() const { return held_bytes_; }  // of all segments, free room in them too
  uint64_t queue_bytes(uint32_t queue) const { return queue_bytes_[queue]; }
  uint64_t used_bytes() const { return used_bytes_; }
  uint64_t live_bytes() const { return live_bytes_; }

 private:
  struct Place {
    SegmentId segment = kNone;
    uint32_t slot = 0;
  };

  SegmentId Open(uint32_t lane, uint64_t size_bytes);
  void Close(SegmentId id);
  void AppendTo(SegmentId id, Object object, Time expires_at);

  const std::vector<uint32_t>& bytes_;
  const uint64_t segment_bytes_;
  const std::vector<uint32_t> lane_queues_;
  std::vector<Segment> segments_;
  std::vector<SegmentId> unused_;  // of segments_
  std::vector<SegmentId> open_;    // by lane
  std::vector<std::list<SegmentId>> queues_;
  std::vector<uint64_t> queue_bytes_;
  std::vector<Place> places_;
  uint64_t held_bytes_ = 0;
  uint64_t used_bytes_ = 0;
  uint64_t live_bytes_ = 0;
};

}  // namespace ringcached::simulation

#endif  // RINGCACHED_BENCH_SIMULATION_SEGMENT_LOG_H_
