// What a writer does where too much memory waits for readers: it gives them a moment, and its
// processor. They go on between two lookups, unless the system has taken the processor from one.
//
// Thread-safe.

#ifndef RINGCACHED_STORAGE_GRACE_PERIOD_H_
#define RINGCACHED_STORAGE_GRACE_PERIOD_H_

#include <atomic>
#include <cstdint>

#include "storage/large_value.h"
#include "storage/memory_ledger.h"
#include "storage/segment_pool.h"

namespace ringcached::storage {

class GracePeriod {
 public:
  GracePeriod(MemoryLedger* ledger, SegmentPool* pool, LargeValueHeap* large_values)
      : ledger_(*ledger), pool_(*pool), large_values_(*large_values) {}
  GracePeriod(const GracePeriod&) = delete;
  GracePeriod& operator=(const GracePeriod&) = delete;

  // True if more waits for readers than the ledger's reserve, and the budget is used up with it.
  // Who begins to write waits then, and holds no lock meanwhile.
  bool IsDue() const {
    return ledger_.retired_bytes() > ledger_.reserve_bytes() &&
           ledger_.total_bytes() > ledger_.allowed_bytes();
  }
  // True if twice as much does: what is given up now is of no use yet, and who is writing stops.
  bool IsOverdue() const { return ledger_.retired_bytes() > 2 * ledger_.reserve_bytes(); }
  // True if what waits for readers fits in the ledger's reserve, perhaps after kMaxYields times
  // of letting others run. After a wait in vain, false at once while nothing has changed. REQUIRES:
  // the calling thread is not in a ReadSection.
  bool Pass() {
    if (IsDue()) return Wait();
    if (given_up_.load(std::memory_order_relaxed))
      given_up_.store(false, std::memory_order_relaxed);
    return true;
  }

  uint64_t in_vain() const { return in_vain_.load(std::memory_order_relaxed); }

  // Some 0.3 microseconds each where nobody else wants to run, up to a time slice where somebody
  // does.
  static constexpr int kMaxYields = 200'000;
  static constexpr int kYieldsPerLook = 16;

 private:
  bool Wait();
  bool Fits();

  MemoryLedger& ledger_;
  SegmentPool& pool_;
  LargeValueHeap& large_values_;
  std::atomic<bool> given_up_{false};
  std::atomic<uint64_t> in_vain_{0};
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_GRACE_PERIOD_H_
