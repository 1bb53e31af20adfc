#include "server/net/memory_ledger.h"

#include <algorithm>
#include <utility>

namespace ringcached::server {
namespace {

constexpr size_t kDifferenceShareOfLimit = 200;
constexpr size_t kExcessShareOfLimit = 40;

size_t Difference(size_t a, size_t b) { return a > b ? a - b : b - a; }

}  // namespace

MemoryLedger::MemoryLedger(ProcessMemory process, storage::Cache& cache)
    : process_(std::move(process)), cache_(cache) {}

// The cache is asked first: what it takes until the process is measured counts as not its own for
// this once, which errs to the safe side.
void MemoryLedger::Tick(int64_t now_ms, storage::CacheSecond now) {
  if (now_ms < measured_ms_ + kBusyIntervalMs) return;
  measured_ms_ = now_ms;
  const storage::CacheStats stats = cache_.Stats();
  const size_t resident_bytes = ResidentBytes(stats.limit_bytes);
  if (resident_bytes == 0) return;
  resident_bytes_.store(resident_bytes, std::memory_order_relaxed);
  const size_t cache_bytes = stats.item_bytes + stats.index_bytes + stats.bloom_bytes;
  Remember(resident_bytes > cache_bytes ? resident_bytes - cache_bytes : 0, now_ms);
  Tell(stats.limit_bytes, now);
}

int MemoryLedger::WaitMs(int64_t now_ms) const {
  return static_cast<int>(
      std::clamp<int64_t>(measured_ms_ + kIdleIntervalMs - now_ms, 0, kIdleIntervalMs));
}

size_t MemoryLedger::ResidentBytes(size_t limit_bytes) const {
  process_.return_unused(/*all=*/false);
  const size_t bytes = process_.resident_bytes();
  if (bytes <= limit_bytes + limit_bytes / kExcessShareOfLimit + kMaxExcessBytes) return bytes;
  process_.return_unused(/*all=*/true);
  return process_.resident_bytes();
}

void MemoryLedger::Remember(size_t beside_bytes, int64_t now_ms) {
  const int64_t present = now_ms / kPeriodMs;
  // Periods in which nothing was measured have found nothing.
  period_ = std::max(period_, present - static_cast<int64_t>(kPeriods));
  while (period_ < present) most_bytes_[static_cast<size_t>(++period_) % kPeriods] = 0;
  size_t& most = most_bytes_[static_cast<size_t>(present) % kPeriods];
  most = std::max(most, beside_bytes);
}

void MemoryLedger::Tell(size_t limit_bytes, storage::CacheSecond now) {
  const size_t most = *std::max_element(most_bytes_.begin(), most_bytes_.end());
  const size_t enough =
      std::max<size_t>(kMinDifferenceBytes, limit_bytes / kDifferenceShareOfLimit);
  if (Difference(most, told_bytes_) <= enough) return;
  cache_.SetOtherBytes(most, now);
  told_bytes_ = most;
}

}  // namespace ringcached::server
