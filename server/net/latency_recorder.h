// How long commands take in a reactor, from their arrival in its turn until their replies are given
// to the ring: two readings of the clock a turn, and for each kind of command one addition.

#ifndef RINGCACHED_SERVER_NET_LATENCY_RECORDER_H_
#define RINGCACHED_SERVER_NET_LATENCY_RECORDER_H_

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/counters.h"

namespace ringcached::server {

enum class CommandKind : uint8_t { kGet, kSet, kDelete, kCount, kTouch, kKinds };
inline constexpr size_t kCommandKinds = static_cast<size_t>(CommandKind::kKinds);
// Its name in `stats latency`.
std::string_view CommandKindName(CommandKind kind);

// Durations in classes an eighth apart, so that a percentile is at most 12.5 % too high.
class LatencyHistogram {
 public:
  static constexpr unsigned kStepBits = 3;
  static constexpr size_t kSteps = size_t{1} << kStepBits;
  static constexpr size_t kClasses = (64 - kStepBits + 1) * kSteps;

  static constexpr size_t ClassOf(uint64_t ns) {
    if (ns < kSteps) return static_cast<size_t>(ns);
    const unsigned shift = static_cast<unsigned>(std::bit_width(ns)) - 1 - kStepBits;
    return ((shift + 1) << kStepBits) + static_cast<size_t>((ns >> shift) - kSteps);
  }
  // The longest duration of a class.
  static constexpr uint64_t UpperBoundNs(size_t number) {
    if (number < kSteps) return number;
    const unsigned shift = static_cast<unsigned>(number >> kStepBits) - 1;
    return (((number & (kSteps - 1)) + kSteps + 1) << shift) - 1;
  }

  void Add(uint64_t ns, uint64_t count) { counts_[ClassOf(ns)] += count; }
  void Add(const LatencyHistogram& other);
  uint64_t total() const;
  // The duration that `share` (0 to 1) of them do not exceed; 0 if there are none.
  uint64_t PercentileNs(double share) const;

  std::array<uint64_t, kClasses>& counts() { return counts_; }
  const std::array<uint64_t, kClasses>& counts() const { return counts_; }

 private:
  std::array<uint64_t, kClasses> counts_{};
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
  using Counts = std::array<std::atomic<uint64_t>, LatencyHistogram::kClasses>;

  std::array<Counts, kCommandKinds> counts_{};
  std::array<uint64_t, kCommandKinds> answered_{};  // before this turn
  std::atomic<bool> clear_{false};                  // counts_ are to be zeroed, and count as zero
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_LATENCY_RECORDER_H_
