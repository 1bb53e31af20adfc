#include "bench/simulation/segment_log.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace ringcached::simulation {

SegmentLog::SegmentLog(const std::vector<uint32_t>& bytes, uint64_t segment_bytes,
                       std::vector<uint32_t> lane_queues)
    : bytes_(bytes),
      segment_bytes_(segment_bytes),
      lane_queues_(std::move(lane_queues)),
      open_(lane_queues_.size(), kNone),
      queues_(*std::max_element(lane_queues_.begin(), lane_queues_.end()) + 1),
      queue_bytes_(queues_.size()),
      places_(bytes.size()) {}

void SegmentLog::Remove(Object object) {
  assert(Holds(object));
  segments_[places_[object].segment].live_bytes -= bytes_[object];
  live_bytes_ -= bytes_[object];
  places_[object].segment = kNone;
}

uint64_t SegmentLog::BytesToOpen(Object object, uint32_t lane) const {
  if (bytes_[object] > segment_bytes_) return bytes_[object];
  const SegmentId id = open_[lane];
  const bool has_room = id != kNone && segments_[id].used_bytes + bytes_[object] <= segment_bytes_;
  return has_room ? 0 : segment_bytes_;
}

void SegmentLog::Append(Object object, uint32_t lane, Time expires_at) {
  assert(!Holds(object));
  if (bytes_[object] > segment_bytes_) {
    const SegmentId own = Open(lane, bytes_[object]);
    AppendTo(own, object, expires_at);
    Close(own);
    return;
  }
  if (BytesToOpen(object, lane) > 0) {
    if (open_[lane] != kNone) Close(open_[lane]);
    open_[lane] = Open(lane, segment_bytes_);
  }
  AppendTo(open_[lane], object, expires_at);
}

SegmentId SegmentLog::Open(uint32_t lane, uint64_t size_bytes) {
  if (unused_.empty()) {
    unused_.push_back(static_cast<SegmentId>(segments_.size()));
    segments_.emplace_back();
  }
  const SegmentId id = unused_.back();
  unused_.pop_back();
  segments_[id] = Segment{};
  segments_[id].size_bytes = size_bytes;
  segments_[id].lane = lane;
  segments_[id].open = true;
  held_bytes_ += size_bytes;
  queue_bytes_[lane_queues_[lane]] += size_bytes;
  return id;
}

void SegmentLog::Close(SegmentId id) {
  segments_[id].open = false;
  queues_[lane_queues_[segments_[id].lane]].push_back(id);
}

void SegmentLog::AppendTo(SegmentId id, Object object, Time expires_at) {
  Segment& segment = segments_[id];
  places_[object] = {id, static_cast<uint32_t>(segment.appended.size())};
  segment.appended.push_back(object);
  segment.used_bytes += bytes_[object];
  segment.live_bytes += bytes_[object];
  segment.last_expiry = std::max(segment.last_expiry, expires_at);
  used_bytes_ += bytes_[object];
  live_bytes_ += bytes_[object];
}

std::optional<SegmentId> SegmentLog::Oldest(uint32_t queue) const {
  if (queues_[queue].empty()) return std::nullopt;
  return queues_[queue].front();
}

std::vector<Object> SegmentLog::LiveItems(SegmentId id) const {
  std::vector<Object> live;
  const std::vector<Object>& appended = segments_[id].appended;
  for (uint32_t slot = 0; slot < appended.size(); ++slot) {
    const Place& place = places_[appended[slot]];
    if (place.segment == id && place.slot == slot) live.push_back(appended[slot]);
  }
  return live;
}

void SegmentLog::Release(SegmentId id) {
  Segment& segment = segments_[id];
  assert(segment.live_bytes == 0 && !segment.open);
  held_bytes_ -= segment.size_bytes;
  used_bytes_ -= segment.used_bytes;
  const uint32_t queue = lane_queues_[segment.lane];
  queue_bytes_[queue] -= segment.size_bytes;
  queues_[queue].remove(id);
  segment = Segment{};
  unused_.push_back(id);
}

void SegmentLog::Requeue(SegmentId id) {
  std::list<SegmentId>& queue = queues_[lane_queues_[segments_[id].lane]];
  queue.remove(id);
  queue.push_back(id);
}

}  // namespace ringcached::simulation
