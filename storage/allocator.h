// Memory for items, index and filters, and the budget they share. What counts is what the
// allocator underneath really gives (jemalloc rounds up to its size classes), not what was asked.
//
// Thread-safe. The budget is a figure to steer by, not a wall: items are given beyond it, and
// whoever stores makes room before the item is published (see shard.cc).

#ifndef RINGCACHED_STORAGE_ALLOCATOR_H_
#define RINGCACHED_STORAGE_ALLOCATOR_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ringcached::storage {

inline constexpr size_t kCacheLineBytes = 64;

enum class MemoryUse : uint8_t { kItem, kIndex, kFilter };

class Allocator {
 public:
  // With `tables_displace_items`, index and filter may be given beyond the budget too, because
  // items are then dropped for them; without it they are refused there.
  Allocator(size_t limit_bytes, bool tables_displace_items)
      : limit_bytes_(limit_bytes), tables_displace_items_(tables_displace_items) {}
  Allocator(const Allocator&) = delete;
  Allocator& operator=(const Allocator&) = delete;

  // Null if there is no memory. Tables (kIndex, kFilter) start at a cache line. REQUIRES: bytes >
  // 0.
  void* Allocate(MemoryUse use, size_t bytes);
  // REQUIRES: `memory` came from Allocate(use, bytes) of this allocator.
  void Free(MemoryUse use, void* memory, size_t bytes);

  // What the allocation counts for. REQUIRES: as for Free().
  static size_t GivenBytes(MemoryUse use, const void* memory, size_t bytes);

  // True if an item of `bytes` can find room at all, were it the only one.
  bool CouldHold(size_t bytes) const;
  // Bytes that must go until the budget holds, if `credit_bytes` are about to be freed.
  size_t ShortfallBytes(size_t credit_bytes) const;

  size_t used_bytes(MemoryUse use) const { return counter(use).load(std::memory_order_relaxed); }
  size_t limit_bytes() const { return limit_bytes_.load(std::memory_order_relaxed); }
  void set_limit_bytes(size_t bytes) { limit_bytes_.store(bytes, std::memory_order_relaxed); }

  // For tests with one thread: the n-th allocation from now fails, once; 0 switches that off.
  // Returns what the previous call had left to count: 0 if its allocation has failed.
  uint64_t FailNthAllocationForTest(uint64_t n) {
    return fail_in_.exchange(n, std::memory_order_relaxed);
  }

 private:
  static constexpr size_t kUses = 3;

  std::atomic<size_t>& counter(MemoryUse use) { return used_bytes_[static_cast<size_t>(use)]; }
  const std::atomic<size_t>& counter(MemoryUse use) const {
    return used_bytes_[static_cast<size_t>(use)];
  }
  size_t TotalBytes() const;
  bool Refused(MemoryUse use, size_t bytes);

  std::atomic<size_t> limit_bytes_;
  const bool tables_displace_items_;
  std::atomic<uint64_t> fail_in_{0};
  // Written by every store, so kept off the line that every store only reads.
  alignas(kCacheLineBytes) std::atomic<size_t> used_bytes_[kUses] = {};
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_ALLOCATOR_H_
