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

#include "absl/base/thread_annotations.h"
#include "storage/epochs.h"
#include "storage/memory_ledger.h"
#include "storage/mutex.h"

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
  // Frees of what was retired and no reader looks at any more the oldest, up to kMaxCollected.
  void Collect() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class LargeValue;
  // Values, so that nobody waits for more than so many to be freed.
  static constexpr int kMaxCollected = 16;

  void Retire(LargeValue* value) ABSL_LOCKS_EXCLUDED(mutex_);
  Epoch NewestRetired() ABSL_LOCKS_EXCLUDED(mutex_);
  LargeValue* PopCollectable(Epoch seen) ABSL_LOCKS_EXCLUDED(mutex_);
  void Free(LargeValue* value);

  MemoryLedger* const ledger_;
  int flags_ = 0;
  unsigned arena_ = 0;
  std::atomic<size_t> freed_bytes_{0};  // since memory last went back

  Mutex mutex_;
  // Those whose items are gone and that wait for readers, by epoch.
  LargeValue* oldest_retired_ ABSL_GUARDED_BY(mutex_) = nullptr;
  LargeValue* newest_retired_ ABSL_GUARDED_BY(mutex_) = nullptr;
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
  // Drops the reference of an item that nothing leads to any more, when all readers that may be
  // looking at it have gone on. REQUIRES: the calling thread does not look.
  void Retire() { heap_->Retire(this); }

 private:
  friend class LargeValueHeap;
  LargeValue(LargeValueHeap* heap, size_t bytes) : heap_(heap), bytes_(bytes) {}

  LargeValueHeap* const heap_;
  const size_t bytes_;
  std::atomic<uint32_t> references_{1};
  LargeValue* newer_retired_ = nullptr;
  Epoch retired_under_ = 0;
};

struct DropLargeValue {
  void operator()(LargeValue* value) const { value->DropReference(); }
};
// Holds one reference.
using LargeValueRef = std::unique_ptr<LargeValue, DropLargeValue>;

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_LARGE_VALUE_H_
