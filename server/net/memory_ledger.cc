#include "server/net/memory_ledger.h"

#include <algorithm>
#include <utility>

namespace ringcached::server {
namespace {

constexpr size_t kDifferenceShareOfLimit = 200;

size_t Difference(size_t a, size_t b) { return a > b ? a - b : b - a; }

}  // namespace

MemoryLedger::MemoryLedger(ResidentReader reader, storage::Cache& cache)
    : reader_(std::move(reader)), cache_(cache) {}

void MemoryLedger::Tick(int64_t now_ms, storage::CacheSecond now) {
  if (now_ms < next_ms_) return;
  next_ms_ = now_ms + kIntervalMs;
  Measure(now);
}

int MemoryLedger::WaitMs(int64_t now_ms) const {
  return static_cast<int>(std::clamp<int64_t>(next_ms_ - now_ms, 0, kIntervalMs));
}

// The cache is asked first: what it takes until the process is measured counts as not its own for
// this once, which errs to the safe side.
void MemoryLedger::Measure(storage::CacheSecond now) {
  const storage::CacheStats stats = cache_.Stats();
  const size_t resident_bytes = reader_();
  if (resident_bytes == 0) return;
  resident_bytes_.store(resident_bytes, std::memory_order_relaxed);
  const size_t cache_bytes = stats.item_bytes + stats.index_bytes + stats.bloom_bytes;
  measured_bytes_[measurements_++ % kRememberedMeasurements] =
      resident_bytes > cache_bytes ? resident_bytes - cache_bytes : 0;
  const size_t most = *std::max_element(measured_bytes_.begin(), measured_bytes_.end());
  const size_t enough =
      std::max<size_t>(kMinDifferenceBytes, stats.limit_bytes / kDifferenceShareOfLimit);
  if (Difference(most, told_bytes_) <= enough) return;
  cache_.SetOtherBytes(most, now);
  told_bytes_ = most;
}

}  // namespace ringcached::server
