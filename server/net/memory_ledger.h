// Makes the memory limit one of the whole process: measures, a few times a second, what the process
// has beyond what the cache holds, and tells the cache, whose budget pays for both. One thread
// ticks it.
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

#include "storage/cache.h"

namespace ringcached::server {

class MemoryLedger {
 public:
  // Gives the process's resident bytes, 0 if they are unknown.
  using ResidentReader = std::function<size_t()>;

  static constexpr int64_t kIntervalMs = 250;
  // The cache is told of the most of so many measurements. So it gives up memory at once and takes
  // it back only when it has not been needed for four seconds: it would otherwise drop items for
  // every burst of connections, and again for the next.
  static constexpr size_t kRememberedMeasurements = 16;
  // It is told only of differences larger than this and than a 200th of the limit.
  static constexpr size_t kMinDifferenceBytes = size_t{256} << 10;

  // `cache` outlives the ledger.
  MemoryLedger(ResidentReader reader, storage::Cache& cache);

  // Measures if it is time to.
  void Tick(int64_t now_ms, storage::CacheSecond now);
  // How long until then.
  int WaitMs(int64_t now_ms) const;

  // As last measured; from any thread.
  uint64_t resident_bytes() const { return resident_bytes_.load(std::memory_order_relaxed); }

 private:
  void Measure(storage::CacheSecond now);

  const ResidentReader reader_;
  storage::Cache& cache_;
  int64_t next_ms_ = 0;
  std::array<size_t, kRememberedMeasurements> measured_bytes_{};
  size_t measurements_ = 0;
  size_t told_bytes_ = 0;
  std::atomic<uint64_t> resident_bytes_ = 0;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_MEMORY_LEDGER_H_
