// A shard whose memory is a log of segments: what the policies have in common. Room is made by
// reclaiming segments one by one: first those with nothing live in them; then, while more than
// `dead_limit` of the log is dead, the one with most dead bytes, all of whose live items are
// copied; otherwise the policy evicts.
//
// Time that matters to a policy advances in ticks, per volume stored. Copies made by an eviction
// are paid from a credit that grows with what is stored, byte for byte: so evictions reclaim at
// most two segments for each that is stored. Compaction's copies are not charged.

#ifndef RINGCACHED_BENCH_SIMULATION_LOG_CACHE_H_
#define RINGCACHED_BENCH_SIMULATION_LOG_CACHE_H_

#include <cstdint>
#include <vector>

#include "bench/simulation/cache.h"
#include "bench/simulation/segment_log.h"

namespace ringcached::simulation {

struct LogOptions {
  uint64_t capacity_bytes = uint64_t{4} << 20;
  uint32_t segments = 64;  // of the capacity, one of them kept free for copies
  uint32_t ticks = 64;     // while as much as the capacity is stored
  double dead_limit = 0.1;
  double credit_segments = 8;  // highest credit
  bool ttl_lanes = true;       // what expires goes to other segments than what does not
};

struct LogStats {
  uint64_t stored_bytes = 0;
  uint64_t copied_bytes = 0;
  uint64_t reclaimed_bytes = 0;  // of segments
  uint64_t reclaimed_segments = 0;
  uint64_t compacted_segments = 0;
  uint64_t evicted_items = 0;
  uint32_t max_age_ticks = 0;
};

class LogCache : public Cache {
 public:
  LogCache(const std::vector<uint32_t>& bytes, const LogOptions& options, uint32_t queues);

  bool Get(Object object, Time now) override;
  // An item of more than a quarter of the capacity is not stored.
  void Set(Object object, Time now, Time expires_at) override;

  const LogStats& stats() const { return stats_; }
  bool Holds(Object object) const { return log_.Holds(object); }

 protected:
  static constexpr uint8_t kMaxUses = 3;

  struct Access {
    uint32_t tick = 0;
    uint8_t uses = 0;  // since it was stored, up to kMaxUses
  };

  // The queue to which a set appends. Called before the item's former version is removed.
  virtual uint32_t QueueOfSet(Object object) = 0;
  // Reclaims one segment.
  virtual void Evict() = 0;

  // REQUIRES of all: the object is held. Evictions call these.
  void Evicted(Object object);
  void Keep(Object object, uint32_t queue);  // charges the credit

  // The live items of a victim, oldest first.
  std::vector<Object> Visit(SegmentId victim);
  void Release(SegmentId victim);

  SegmentLog& log() { return log_; }
  Access& access(Object object) { return accesses_[object]; }
  uint32_t tick() const { return tick_; }
  uint32_t QueueOf(Object object) const { return log_.LaneOf(object) / classes_; }
  double credit_bytes() const { return credit_bytes_; }
  double CreditShare() const { return credit_bytes_ / max_credit_bytes_; }
  const LogOptions& options() const { return options_; }

 private:
  uint32_t LaneFor(uint32_t queue, Time expires_at) const;
  void Stored(uint64_t bytes);
  void Drop(Object object);
  void Copy(Object object, uint32_t lane);
  void MakeRoom(Object object, uint32_t lane, Time now);
  void Reclaim(Time now);
  bool ReleaseEnded(Time now);
  bool CompactMostDead(Time now);

  const LogOptions options_;
  const uint32_t classes_;
  SegmentLog log_;
  std::vector<Access> accesses_;
  std::vector<Time> expires_at_;
  const double max_credit_bytes_;
  double credit_bytes_ = 0;
  double bytes_of_tick_ = 0;
  uint32_t tick_ = 0;
  LogStats stats_;
};

}  // namespace ringcached::simulation

#endif  // RINGCACHED_BENCH_SIMULATION_LOG_CACHE_H_
