// How long commands take in a reactor, from their arrival in its turn until their replies are given
// to the ring: two readings of the clock a turn, and for each kind of command one addition.

#ifndef RINGCACHED_SERVER_NET_LATENCY_RECORDER_H_
#define RINGCACHED_SERVER_NET_LATENCY_RECORDER_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "protocol/counters.h"
#include "server/net/duration_buckets.h"

namespace ringcached::server {

enum class CommandKind : uint8_t { kGet, kSet, kDelete, kDelta, kTouch, kKinds };
inline constexpr size_t kCommandKinds = static_cast<size_t>(CommandKind::kKinds);
// Its name in `stats latency`.
std::string_view CommandKindName(CommandKind kind);

// How many commands took how long; a percentile is at most 12.5 % too high.
class LatencyHistogram {
 public:
  using Buckets = DurationBuckets<3>;
  static constexpr size_t kBuckets = Buckets::BucketOf(std::numeric_limits<uint64_t>::max()) + 1;

  void Add(size_t bucket, uint64_t count) {
    counts_[bucket] += count;
    total_ += count;
  }
  uint64_t total() const { return total_; }
  // The duration that `share` (0 to 1) of them do not exceed; 0 if there are none.
  uint64_t PercentileNs(double share) const {
    if (total_ == 0) return 0;
    return Buckets::UpperEndNs(Buckets::BucketOfQuantile(counts_, total_, share));
  }

 private:
  std::array<uint64_t, kBuckets> counts_{};
  uint64_t total_ = 0;
};

// One reactor's. Its thread records; any thread reads and clears.
class LatencyRecorder {
 public:
  // A turn that took `ns` has answered what `counters` count since the last one.
  void Record(uint64_t ns, const protocol::CommandCounters& counters);
  void AddTo(CommandKind kind, LatencyHistogram* histogram) const;
  // Forgets what was recorded. What the turn under way answers is recorded at its end.
  void Clear() { clear_.store(true, std::memory_order_relaxed); }

 private:
  using Counts = std::array<std::atomic<uint64_t>, LatencyHistogram::kBuckets>;

  std::array<Counts, kCommandKinds> counts_{};
  std::array<uint64_t, kCommandKinds> answered_{};  // before this turn
  std::atomic<bool> clear_{false};                  // counts_ are to be zeroed, and count as zero
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_LATENCY_RECORDER_H_
