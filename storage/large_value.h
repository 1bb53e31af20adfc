// A value outside the log: one too large for the log, or one that is still arriving. Reference
// counted, so that a reader may keep it after its item is gone; counted in the ledger, as the
// allocator rounds it, until the last reference is dropped.

#ifndef RINGCACHED_STORAGE_LARGE_VALUE_H_
#define RINGCACHED_STORAGE_LARGE_VALUE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "storage/memory_ledger.h"

namespace ringcached::storage {

class LargeValue;

// jemalloc, from an arena of its own. What is freed there goes back to the system once it is more
// than a small share of the budget, so that the process does not hold much more than the ledger
// says. Thread-safe.
class LargeValueHeap {
 public:
  explicit LargeValueHeap(MemoryLedger* ledger);
  ~LargeValueHeap();
  LargeValueHeap(const LargeValueHeap&) = delete;
  LargeValueHeap& operator=(const LargeValueHeap&) = delete;

  // One reference to room for `value_bytes`; null if there is no memory. Makes no room in the
  // budget.
  LargeValue* Create(size_t value_bytes);
  // What Create() would count.
  size_t GivenBytes(size_t value_bytes) const;

 private:
  friend class LargeValue;
  void Free(LargeValue* value);

  MemoryLedger* const ledger_;
  int flags_ = 0;
  unsigned arena_ = 0;
  std::atomic<size_t> freed_bytes_{0};  // since memory last went back
};

class LargeValue {
 public:
  char* data() { return reinterpret_cast<char*>(this + 1); }
  size_t size() const { return bytes_; }
  std::string_view view() { return {data(), bytes_}; }
  size_t given_bytes() const { return heap_->GivenBytes(bytes_); }

  void AddReference() { references_.fetch_add(1, std::memory_order_relaxed); }
  void DropReference() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) heap_->Free(this);
  }

 private:
  friend class LargeValueHeap;
  LargeValue(LargeValueHeap* heap, size_t bytes) : heap_(heap), bytes_(bytes) {}

  LargeValueHeap* const heap_;
  const size_t bytes_;
  std::atomic<uint32_t> references_{1};
};

struct DropLargeValue {
  void operator()(LargeValue* value) const { value->DropReference(); }
};
// Holds one reference.
using LargeValueRef = std::unique_ptr<LargeValue, DropLargeValue>;

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_LARGE_VALUE_H_
