#include "server/net/memory_ledger.h"

#include <algorithm>
#include <utility>

namespace ringcached::server {
namespace {

constexpr size_t kDifferenceShareOfLimit = 200;

size_t EnoughBytes(size_t limit_bytes) {
  return std::max(MemoryLedger::kMinDifferenceBytes, limit_bytes / kDifferenceShareOfLimit);
}

size_t Difference(size_t a, size_t b) { return a > b ? a - b : b - a; }

}  // namespace

MemoryLedger::MemoryLedger(ProcessMemory process, storage::Cache& cache)
    : process_(std::move(process)), cache_(cache) {}

// What the cache drops for the rest's sake stays with the allocator at first, where it looks like
// more of the rest: the cache would drop ever more for it. So before the cache is told to drop
// anything, the allocator gives back all that is unused.
void MemoryLedger::Tick(int64_t now_ms, storage::CacheSecond now) {
  if (now_ms < measured_ms_ + kBusyIntervalMs) return;
  measured_ms_ = now_ms;
  Measurement found = Measure(/*return_all_unused=*/false);
  const bool more = found.beside_bytes > told_bytes_ + EnoughBytes(found.limit_bytes);
  if (more && found.resident_bytes > found.limit_bytes) found = Measure(/*return_all_unused=*/true);
  if (found.resident_bytes == 0) return;
  resident_bytes_.store(found.resident_bytes, std::memory_order_relaxed);
  Remember(found.beside_bytes, now_ms);
  Tell(found.limit_bytes, now);
}

int MemoryLedger::WaitMs(int64_t now_ms) const {
  return static_cast<int>(
      std::clamp<int64_t>(measured_ms_ + kIdleIntervalMs - now_ms, 0, kIdleIntervalMs));
}

// The cache is asked first: what it takes until the process is measured counts as not its own for
// this once, which errs to the safe side.
MemoryLedger::Measurement MemoryLedger::Measure(bool return_all_unused) const {
  process_.return_unused(return_all_unused);
  const storage::CacheStats stats = cache_.Stats();
  const size_t cache_bytes = stats.cache_bytes();
  const size_t resident_bytes = process_.resident_bytes();
  return {.resident_bytes = resident_bytes,
          .beside_bytes = resident_bytes - std::min(resident_bytes, cache_bytes),
          .limit_bytes = stats.limit_bytes};
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
  if (Difference(most, told_bytes_) <= EnoughBytes(limit_bytes)) return;
  cache_.SetOtherBytes(most, now);
  told_bytes_ = most;
}

}  // namespace ringcached::server
