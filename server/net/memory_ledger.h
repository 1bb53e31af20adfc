// Makes the memory limit one of the whole process: measures, several times a second, what the
// process has beyond what the cache holds, and tells the cache, whose budget pays for both. One
// thread ticks it.
//
// Between two measurements the rest of the process may grow unseen; what it can grow by is bounded
// by the limits on buffers and is what the 8 MiB beyond the limit are for.

#ifndef RINGCACHED_SERVER_NET_MEMORY_LEDGER_H_
#define RINGCACHED_SERVER_NET_MEMORY_LEDGER_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>

#include "storage/cache.h"

namespace ringcached::server {

// What a ledger needs of the process. Called on the ledger's thread.
struct ProcessMemory {
  // Resident bytes; 0 if they are unknown.
  std::function<size_t()> resident_bytes;
  // Has the allocator give back what has been unused for a while, or all that is unused.
  std::function<void(bool all)> return_unused;
};

class MemoryLedger {
 public:
  // It measures so often while its thread has work, and at least so often.
  static constexpr int64_t kBusyIntervalMs = 50;
  static constexpr int64_t kIdleIntervalMs = 250;
  // The cache is told of the most that was found in about four seconds. So it gives up memory at
  // once and takes it back only when it has not been needed for a while: it would otherwise drop
  // items for every burst of connections, and again for the next.
  static constexpr size_t kPeriods = 16;
  static constexpr int64_t kPeriodMs = 250;
  // It is told only of differences larger than this and than a 200th of the limit.
  static constexpr size_t kMinDifferenceBytes = size_t{256} << 10;

  // `cache` outlives the ledger. Both functions must be set.
  MemoryLedger(ProcessMemory process, storage::Cache& cache);

  // Measures if it is time to.
  void Tick(int64_t now_ms, storage::CacheSecond now);
  // How long a thread without work may wait until then.
  int WaitMs(int64_t now_ms) const;

  // As last measured; from any thread.
  uint64_t resident_bytes() const { return resident_bytes_.load(std::memory_order_relaxed); }

 private:
  struct Measurement {
    size_t resident_bytes = 0;
    size_t beside_bytes = 0;  // of those, what is not the cache's
    size_t limit_bytes = 0;
  };

  Measurement Measure(bool return_all_unused) const;
  void Remember(size_t beside_bytes, int64_t now_ms);
  void Tell(size_t limit_bytes, storage::CacheSecond now);

  const ProcessMemory process_;
  storage::Cache& cache_;
  int64_t measured_ms_ = std::numeric_limits<int64_t>::min() / 2;
  int64_t period_ = 0;                         // the present one's number
  std::array<size_t, kPeriods> most_bytes_{};  // of the last periods, by their numbers
  size_t told_bytes_ = 0;
  std::atomic<uint64_t> resident_bytes_ = 0;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_MEMORY_LEDGER_H_
