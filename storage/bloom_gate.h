// Whether a shard's lookups ask its Bloom filter first. With kAuto that follows the share of
// misses: a filter saves a miss the index, and costs every hit a cache line.
//
// Threads: every method from any thread. Whoever hits tells so many hits at once, so that hits
// share nothing that is written.

#ifndef RINGCACHED_STORAGE_BLOOM_GATE_H_
#define RINGCACHED_STORAGE_BLOOM_GATE_H_

#include <atomic>
#include <cstdint>

#include "storage/cache.h"
#include "storage/memory_ledger.h"

namespace ringcached::storage {

class BloomGate {
 public:
  explicit BloomGate(BloomMode mode) : mode_(mode), asks_(mode != BloomMode::kOff) {}

  bool Asks() const { return asks_.load(std::memory_order_relaxed); }

  // A lookup that the filter answered.
  void CountNegative() { negatives_.fetch_add(1, std::memory_order_relaxed); }
  uint64_t negatives() const { return negatives_.load(std::memory_order_relaxed); }

  // Of lookups that went to the index, those that missed though the filter was asked.
  uint64_t false_positives() const { return false_positives_.load(std::memory_order_relaxed); }

  // Lookups that went to the index.
  void NoteMiss() {
    if (Asks()) false_positives_.fetch_add(1, std::memory_order_relaxed);
    if (mode_ != BloomMode::kAuto) return;
    misses_.fetch_add(1, std::memory_order_relaxed);
    Count(1);
  }
  void NoteHits(uint32_t hits) {
    if (mode_ == BloomMode::kAuto) Count(hits);
  }

 private:
  static constexpr uint32_t kDecideEvery = 4096;
  // Percent of lookups that miss: from the first on it asks, below the second no longer.
  static constexpr uint64_t kAskPercent = 10;
  static constexpr uint64_t kStopPercent = 5;

  void Count(uint32_t lookups) {
    if (lookups_.fetch_add(lookups, std::memory_order_relaxed) + lookups < kDecideEvery) return;
    // Whoever takes them away decides; what others add meanwhile is for the next time.
    const uint32_t counted = lookups_.exchange(0, std::memory_order_relaxed);
    if (counted >= kDecideEvery) {
      Decide(counted);
    } else {
      // Another thread was quicker: these are a part of the next ones.
      lookups_.fetch_add(counted, std::memory_order_relaxed);
    }
  }

  void Decide(uint64_t counted) {
    const uint64_t all_negatives = this->negatives();
    const uint64_t negatives =
        all_negatives - negatives_before_.exchange(all_negatives, std::memory_order_relaxed);
    const uint64_t lookups = counted + negatives;
    const uint64_t misses = misses_.exchange(0, std::memory_order_relaxed) + negatives;
    if (misses * 100 >= lookups * kAskPercent) asks_.store(true, std::memory_order_relaxed);
    if (misses * 100 < lookups * kStopPercent) asks_.store(false, std::memory_order_relaxed);
  }

  const BloomMode mode_;
  // Read with every lookup, written when it changes.
  std::atomic<bool> asks_;
  alignas(kCacheLineBytes) std::atomic<uint64_t> negatives_{0};
  std::atomic<uint64_t> negatives_before_{0};
  std::atomic<uint64_t> false_positives_{0};
  std::atomic<uint64_t> misses_{0};
  std::atomic<uint32_t> lookups_{0};
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_BLOOM_GATE_H_
