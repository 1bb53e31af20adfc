// Counts of what clients asked and got. Each reactor has its own set, written by it alone and read
// by any thread that answers `stats`.

#ifndef RINGCACHED_PROTOCOL_COUNTERS_H_
#define RINGCACHED_PROTOCOL_COUNTERS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringcached::protocol {

// In the order in which `stats` prints them.
enum class Counter : uint8_t {
  kCmdGet,
  kCmdSet,
  kCmdFlush,
  kCmdTouch,
  kCmdMeta,  // inspections alone, as in memcached
  kGetHits,
  kGetMisses,
  kGetExpired,
  kGetFlushed,  // always 0: flushed items are gone at once
  kDeleteMisses,
  kDeleteHits,
  kIncrMisses,
  kIncrHits,
  kDecrMisses,
  kDecrHits,
  kCasMisses,
  kCasHits,
  kCasBadval,
  kTouchHits,
  kTouchMisses,
  kStoreTooLarge,
  kStoreNoMemory,
  kAuthCmds,
  kAuthErrors,
  kBytesRead,
  kBytesWritten,
  kConnYields,
  kLineTooLong,  // ours: connections closed for a line that did not end
  kCount,
};

inline constexpr size_t kCounterCount = static_cast<size_t>(Counter::kCount);

// The name under which `stats` prints a counter; memcached's where memcached has it.
std::string_view CounterName(Counter counter);

// Sums over threads, or a state to subtract from them.
struct CounterTotals {
  std::array<uint64_t, kCounterCount> values{};
  uint64_t operator[](Counter counter) const { return values[static_cast<size_t>(counter)]; }
};

// One thread's counters. Only that thread adds, so a load and a store do: no locked instruction.
class alignas(64) CommandCounters {
 public:
  void Add(Counter counter, uint64_t n = 1) {
    std::atomic<uint64_t>& value = values_[static_cast<size_t>(counter)];
    value.store(value.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  uint64_t Get(Counter counter) const {
    return values_[static_cast<size_t>(counter)].load(std::memory_order_relaxed);
  }
  void AddTo(CounterTotals& totals) const {
    for (size_t i = 0; i < kCounterCount; ++i) {
      totals.values[i] += values_[i].load(std::memory_order_relaxed);
    }
  }

 private:
  std::array<std::atomic<uint64_t>, kCounterCount> values_{};
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_COUNTERS_H_
