// Whether a shard's lookups ask its Bloom filter first. With kAuto that follows the share of
// misses: a filter saves a miss the index, and costs every hit a cache line.
//
// Threads: Asks() and CountNegative() from any thread; Note() under the shard's lock.

#ifndef RINGCACHED_STORAGE_BLOOM_GATE_H_
#define RINGCACHED_STORAGE_BLOOM_GATE_H_

#include <atomic>
#include <cstdint>

#include "storage/cache.h"

namespace ringcached::storage {

class BloomGate {
 public:
  explicit BloomGate(BloomMode mode) : mode_(mode), asks_(mode != BloomMode::kOff) {}

  bool Asks() const { return asks_.load(std::memory_order_relaxed); }

  // A lookup that the filter answered.
  void CountNegative() { negatives_.fetch_add(1, std::memory_order_relaxed); }
  uint64_t negatives() const { return negatives_.load(std::memory_order_relaxed); }

  // A lookup that went to the index.
  void Note(bool miss) {
    if (mode_ != BloomMode::kAuto) return;
    misses_ += miss ? 1 : 0;
    if (++lookups_ == kDecideEvery) Decide();
  }

 private:
  static constexpr uint32_t kDecideEvery = 4096;
  // Percent of lookups that miss: from the first on it asks, below the second no longer.
  static constexpr uint64_t kAskPercent = 10;
  static constexpr uint64_t kStopPercent = 5;

  void Decide() {
    const uint64_t negatives = this->negatives() - negatives_before_;
    const uint64_t lookups = lookups_ + negatives;
    const uint64_t misses = misses_ + negatives;
    if (misses * 100 >= lookups * kAskPercent) asks_.store(true, std::memory_order_relaxed);
    if (misses * 100 < lookups * kStopPercent) asks_.store(false, std::memory_order_relaxed);
    negatives_before_ += negatives;
    lookups_ = 0;
    misses_ = 0;
  }

  const BloomMode mode_;
  std::atomic<bool> asks_;
  std::atomic<uint64_t> negatives_{0};
  uint64_t negatives_before_ = 0;
  uint32_t lookups_ = 0;
  uint32_t misses_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_BLOOM_GATE_H_
