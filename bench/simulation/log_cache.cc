#include "bench/simulation/log_cache.h"

#include <algorithm>
#include <optional>

namespace ringcached::simulation {
namespace {

std::vector<uint32_t> QueuesOfLanes(uint32_t queues, uint32_t classes) {
  std::vector<uint32_t> lane_queues;
  for (uint32_t lane = 0; lane < queues * classes; ++lane) lane_queues.push_back(lane / classes);
  return lane_queues;
}

}  // namespace

LogCache::LogCache(const std::vector<uint32_t>& bytes, const LogOptions& options, uint32_t queues)
    : Cache(bytes),
      options_(options),
      classes_(options.ttl_lanes ? 2 : 1),
      log_(bytes, options.capacity_bytes / options.segments, QueuesOfLanes(queues, classes_)),
      accesses_(bytes.size()),
      expires_at_(bytes.size(), kNever),
      max_credit_bytes_(options.credit_segments * static_cast<double>(log_.segment_bytes())) {}

bool LogCache::Get(Object object, Time now) {
  if (!log_.Holds(object)) return false;
  if (expires_at_[object] <= now) {
    Drop(object);
    return false;
  }
  Access& access = accesses_[object];
  access.tick = tick_;
  access.uses = std::min<uint8_t>(access.uses + 1, kMaxUses);
  return true;
}

void LogCache::Set(Object object, Time now, Time expires_at) {
  const uint32_t lane = LaneFor(QueueOfSet(object), expires_at);
  const bool held = log_.Holds(object);
  if (held) Drop(object);
  if (BytesOf(object) > options_.capacity_bytes / 4) return;
  Stored(BytesOf(object));
  MakeRoom(object, lane, now);
  log_.Append(object, lane, expires_at);
  CountIn(object);
  expires_at_[object] = expires_at;
  accesses_[object].tick = tick_;
  if (!held) accesses_[object].uses = 0;
}

uint32_t LogCache::LaneFor(uint32_t queue, Time expires_at) const {
  const uint32_t expiring = classes_ > 1 && expires_at != kNever ? 1 : 0;
  return queue * classes_ + expiring;
}

void LogCache::Stored(uint64_t bytes) {
  stats_.stored_bytes += bytes;
  const auto added = static_cast<double>(bytes);
  credit_bytes_ = std::min(credit_bytes_ + added, max_credit_bytes_);
  bytes_of_tick_ += added;
  const double bytes_per_tick =
      static_cast<double>(options_.capacity_bytes) / static_cast<double>(options_.ticks);
  for (; bytes_of_tick_ >= bytes_per_tick; bytes_of_tick_ -= bytes_per_tick) ++tick_;
}

void LogCache::Drop(Object object) {
  log_.Remove(object);
  CountOut(object);
}

void LogCache::Evicted(Object object) {
  ++stats_.evicted_items;
  Drop(object);
}

void LogCache::Copy(Object object, uint32_t lane) {
  stats_.copied_bytes += BytesOf(object);
  log_.Remove(object);
  log_.Append(object, lane, expires_at_[object]);
}

void LogCache::Keep(Object object, uint32_t queue) {
  credit_bytes_ -= BytesOf(object);
  Copy(object, LaneFor(queue, expires_at_[object]));
}

std::vector<Object> LogCache::Visit(SegmentId victim) {
  std::vector<Object> live = log_.LiveItems(victim);
  for (const Object object : live) {
    stats_.max_age_ticks = std::max(stats_.max_age_ticks, tick_ - accesses_[object].tick);
  }
  return live;
}

void LogCache::Release(SegmentId victim) {
  ++stats_.reclaimed_segments;
  stats_.reclaimed_bytes += log_.segment(victim).size_bytes;
  log_.Release(victim);
}

// One segment stays free, for the copies of the next victim.
void LogCache::MakeRoom(Object object, uint32_t lane, Time now) {
  while (true) {
    const uint64_t needed = log_.BytesToOpen(object, lane);
    if (needed == 0) return;
    if (log_.held_bytes() + needed + log_.segment_bytes() <= options_.capacity_bytes) return;
    Reclaim(now);
  }
}

void LogCache::Reclaim(Time now) {
  set_full();
  if (ReleaseEnded(now)) return;
  const uint64_t dead_bytes = log_.used_bytes() - log_.live_bytes();
  const double limit = options_.dead_limit * static_cast<double>(log_.used_bytes());
  if (static_cast<double>(dead_bytes) > limit && CompactMostDead(now)) return;
  Evict();
}

bool LogCache::ReleaseEnded(Time now) {
  for (uint32_t queue = 0; queue < log_.queue_count(); ++queue) {
    for (const SegmentId id : log_.queue(queue)) {
      const Segment& segment = log_.segment(id);
      if (segment.live_bytes > 0 && segment.last_expiry > now) continue;
      for (const Object object : log_.LiveItems(id)) Drop(object);
      Release(id);
      return true;
    }
  }
  return false;
}

bool LogCache::CompactMostDead(Time now) {
  std::optional<SegmentId> victim;
  uint64_t most_dead_bytes = 0;
  for (uint32_t queue = 0; queue < log_.queue_count(); ++queue) {
    for (const SegmentId id : log_.queue(queue)) {
      const uint64_t dead_bytes = log_.segment(id).used_bytes - log_.segment(id).live_bytes;
      if (dead_bytes <= most_dead_bytes) continue;
      most_dead_bytes = dead_bytes;
      victim = id;
    }
  }
  if (!victim.has_value()) return false;
  for (const Object object : Visit(*victim)) {
    if (expires_at_[object] <= now) {
      Drop(object);
    } else {
      Copy(object, log_.LaneOf(object));
    }
  }
  ++stats_.compacted_segments;
  Release(*victim);
  return true;
}

}  // namespace ringcached::simulation
