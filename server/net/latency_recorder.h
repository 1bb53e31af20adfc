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
  void AddSum(uint64_t ns) { sum_ns_ += ns; }
  void Add(const LatencyHistogram& other);
  uint64_t total() const { return total_; }
  // Of their durations, as they were measured.
  uint64_t sum_ns() const { return sum_ns_; }
  // Those that took at most `ns`; exact if that is a power of two less one.
  uint64_t CountUpTo(uint64_t ns) const {
    uint64_t count = 0;
    for (size_t i = 0; i < counts_.size() && Buckets::UpperEndNs(i) <= ns; ++i) count += counts_[i];
    return count;
  }
  // What this has beyond `earlier`, or all of it, if they were cleared in between.
  LatencyHistogram Since(const LatencyHistogram& earlier) const;
  // The duration that `share` (0 to 1) of them do not exceed; 0 if there are none.
  uint64_t PercentileNs(double share) const {
    if (total_ == 0) return 0;
    return Buckets::UpperEndNs(Buckets::BucketOfQuantile(counts_, total_, share));
  }

 private:
  std::array<uint64_t, kBuckets> counts_{};
  uint64_t total_ = 0;
  uint64_t sum_ns_ = 0;
};

// One reactor's. Its thread records; any thread reads and clears.
class LatencyRecorder {
 public:
  // A turn that took `ns` has answered what `counters` count since the last one.
  void Record(uint64_t ns, const protocol::CommandCounters& counters);
  // A turn that had something to do has worked for `ns`.
  void RecordTurn(uint64_t ns);
  void AddTo(CommandKind kind, LatencyHistogram* histogram) const;
  void AddTurnsTo(LatencyHistogram* histogram) const;
  // Forgets what was recorded. What the turn under way answers is recorded at its end.
  void Clear() { clear_.store(true, std::memory_order_relaxed); }

 private:
  // One thread adds, so a load and a store do.
  struct Counts {
    void Add(uint64_t ns, uint64_t count);
    void Zero();
    void AddTo(LatencyHistogram* histogram) const;

    std::array<std::atomic<uint64_t>, LatencyHistogram::kBuckets> buckets{};
    std::atomic<uint64_t> sum_ns{0};
  };

  void ClearIfAsked();

  std::array<Counts, kCommandKinds> counts_{};
  Counts turns_{};
  std::array<uint64_t, kCommandKinds> answered_{};  // before this turn
  std::atomic<bool> clear_{false};                  // counts_ are to be zeroed, and count as zero
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_LATENCY_RECORDER_H_
