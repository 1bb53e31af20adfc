// What the cache holds, by part, and the budget for it. The budget is a figure to steer by, not a
// wall: memory is counted when it is taken, also beyond the budget, and whoever finds the ledger
// short drops items until it is not.
//
// Thread-safe.

#ifndef RINGCACHED_STORAGE_MEMORY_LEDGER_H_
#define RINGCACHED_STORAGE_MEMORY_LEDGER_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace ringcached::storage {

inline constexpr size_t kCacheLineBytes = 64;

enum class MemoryPart : uint8_t {
  kSegments,     // segments that hold memory, free ones included
  kLargeValues,  // values outside the segments, unpublished ones included
  kIndex,
  kFilter,
  kGhost,  // what eviction remembers of items that are gone
};
inline constexpr size_t kMemoryParts = 5;

class MemoryLedger {
 public:
  explicit MemoryLedger(size_t limit_bytes) : limit_bytes_(limit_bytes) {}
  MemoryLedger(const MemoryLedger&) = delete;
  MemoryLedger& operator=(const MemoryLedger&) = delete;

  // Counts memory that is about to be taken. False, counting nothing, only when a test says so: the
  // caller then behaves as if the system had refused it.
  bool Charge(MemoryPart part, size_t bytes) {
    if (Fails()) return false;
    Add(part, bytes);
    return true;
  }
  // The same for memory that has been granted already.
  void Add(MemoryPart part, size_t bytes) {
    Of(part).fetch_add(bytes, std::memory_order_relaxed);
    total_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  void Release(MemoryPart part, size_t bytes) {
    assert(this->bytes(part) >= bytes);
    Of(part).fetch_sub(bytes, std::memory_order_relaxed);
    total_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  }

  size_t bytes(MemoryPart part) const {
    return parts_[static_cast<size_t>(part)].load(std::memory_order_relaxed);
  }
  size_t total_bytes() const { return total_bytes_.load(std::memory_order_relaxed); }

  // Of what is counted, what no item needs: that which waits for readers only and will be free in a
  // moment, and segments that are free. Nobody is to give something up in its place, up to
  // reserve_bytes(); so that a reader which is under way does not make writers give memory back and
  // take other memory, they go round in it.
  void AddRetired(size_t bytes) { retired_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  void SubtractRetired(size_t bytes) { retired_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
  size_t retired_bytes() const { return retired_bytes_.load(std::memory_order_relaxed); }
  void AddFree(size_t bytes) { free_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  void SubtractFree(size_t bytes) { free_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
  // What was set, but at most a 16th of what the cache may hold. Set before threads use the ledger.
  void set_reserve_bytes(size_t bytes) { reserve_bytes_ = bytes; }
  size_t reserve_bytes() const { return std::min(reserve_bytes_, allowed_bytes() / 16); }

  // True if so much of it waits for readers that looking who still reads is worth a barrier.
  bool MuchIsRetired() const { return retired_bytes() > reserve_bytes() / 4; }
  // True if more of that is there.
  bool ExceedsReserve() const { return unneeded_bytes() > reserve_bytes(); }

  // The whole budget, and what others than the cache take of it.
  size_t limit_bytes() const { return limit_bytes_.load(std::memory_order_relaxed); }
  void set_limit_bytes(size_t bytes) { limit_bytes_.store(bytes, std::memory_order_relaxed); }
  size_t other_bytes() const { return other_bytes_.load(std::memory_order_relaxed); }
  void set_other_bytes(size_t bytes) { other_bytes_.store(bytes, std::memory_order_relaxed); }

  // What the cache may hold: what others leave, but a quarter of the budget in any case.
  size_t allowed_bytes() const {
    const size_t limit = limit_bytes();
    return limit - std::min(other_bytes(), limit / 4 * 3);
  }
  // What may still be taken.
  size_t RoomBytes() const {
    const size_t held = held_bytes();
    const size_t allowed = allowed_bytes();
    return held < allowed ? allowed - held : 0;
  }
  bool HasRoom(size_t bytes) const { return held_bytes() + bytes <= allowed_bytes(); }
  // What must go.
  size_t ShortfallBytes() const {
    const size_t held = held_bytes();
    const size_t allowed = allowed_bytes();
    return held > allowed ? held - allowed : 0;
  }

  // True if that much may be taken when all that is free has been given back.
  bool HasRoomWithoutFree(size_t bytes) const {
    const size_t total = total_bytes();
    const size_t free = free_bytes_.load(std::memory_order_relaxed);
    return LeftOf(total, free + std::min(retired_bytes(), reserve_bytes())) + bytes <=
           allowed_bytes();
  }

  // For tests with one thread: the n-th charge from now fails, once; 0 switches that off. Returns
  // what the previous call had left to count: 0 if its charge has failed.
  uint64_t FailNthChargeForTest(uint64_t n) {
    return fail_in_.exchange(n, std::memory_order_relaxed);
  }

 private:
  // Other threads change the figures one after the other.
  static size_t LeftOf(size_t total, size_t bytes) { return total - std::min(total, bytes); }
  // What counts against the budget.
  size_t held_bytes() const {
    return LeftOf(total_bytes(), std::min(unneeded_bytes(), reserve_bytes()));
  }
  size_t unneeded_bytes() const {
    return retired_bytes() + free_bytes_.load(std::memory_order_relaxed);
  }
  std::atomic<size_t>& Of(MemoryPart part) { return parts_[static_cast<size_t>(part)]; }
  bool Fails() {
    return fail_in_.load(std::memory_order_relaxed) != 0 &&
           fail_in_.fetch_sub(1, std::memory_order_relaxed) == 1;
  }

  std::atomic<size_t> limit_bytes_;
  std::atomic<size_t> other_bytes_{0};
  size_t reserve_bytes_ = 0;
  std::atomic<uint64_t> fail_in_{0};
  // Written when memory is taken, so kept off the line that every store reads.
  alignas(kCacheLineBytes) std::atomic<size_t> total_bytes_{0};
  std::atomic<size_t> retired_bytes_{0};
  std::atomic<size_t> free_bytes_{0};
  std::array<std::atomic<size_t>, kMemoryParts> parts_ = {};
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_MEMORY_LEDGER_H_
