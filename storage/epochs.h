// When memory that readers without a lock may still be looking at can be used again.
//
// A writer first takes the way to an object away (the slot of the index that leads to it), then
// retires the object under the next epoch, NextEpoch(). Each lookup says when it begins which epoch
// it has seen, and when it ends that it is away. When no lookup is under way that has seen an older
// epoch, nobody can still hold the object, and those who come later do not find it.
//
// A lookup comes and leaves by two stores. The fence that its coming needs is the writer's
// business: before it looks at who is there, it has the system make a barrier in every thread of
// the process that runs (membarrier), once for all that was retired by then. Where the system
// refuses that, each lookup makes its own fence.
//
// One set of epochs serves all caches of the process, since what reads is a thread.

#ifndef RINGCACHED_STORAGE_EPOCHS_H_
#define RINGCACHED_STORAGE_EPOCHS_H_

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "storage/memory_ledger.h"

namespace ringcached::storage {

using Epoch = uint64_t;

class Epochs {
 public:
  // Threads beyond this many at a time read under the lock.
  static constexpr size_t kMaxReaders = 1024;

  // What a thread says; written by it alone.
  struct alignas(kCacheLineBytes) Reader {
    std::atomic<Epoch> seen{0};  // 0: away
    std::atomic<bool> taken{false};
    // For decisions by chance: which lookups are counted for all.
    uint32_t random = 0;
  };

  Epochs() = default;
  Epochs(const Epochs&) = delete;
  Epochs& operator=(const Epochs&) = delete;

  // Those of the process.
  static Epochs& OfProcess();

  // The calling thread's reader, its own until the thread ends; null beyond kMaxReaders.
  static Reader* OfThread() { return of_thread_ != nullptr ? of_thread_ : TakeForThread(); }

  // Under which an object is retired that nothing leads to any more.
  Epoch NextEpoch() { return raised_.fetch_add(1, std::memory_order_seq_cst) + 2; }

  // What is retired under an epoch up to this may be used again. `wanted` is the newest that the
  // caller asks for. REQUIRES: the calling thread is not in a ReadSection.
  Epoch SeenByAll(Epoch wanted);

  void Come(Reader* reader) {
    assert(reader->seen.load(std::memory_order_relaxed) == 0);
    reader->seen.store(Now(), std::memory_order_release);
    if (readers_fence_.load(std::memory_order_relaxed)) {
      std::atomic_thread_fence(std::memory_order_seq_cst);
    } else {
      std::atomic_signal_fence(std::memory_order_seq_cst);
    }
  }
  void Leave(Reader* reader) { reader->seen.store(0, std::memory_order_release); }

  // True if each lookup makes its own fence.
  bool readers_fence() const { return readers_fence_.load(std::memory_order_relaxed); }

 private:
  friend class ReaderOwner;

  static Reader* TakeForThread();
  Reader* Take();
  // Epochs count from 1.
  Epoch Now() const { return raised_.load(std::memory_order_acquire) + 1; }
  bool SystemMakesBarriers();
  // Whoever has come before is seen from here on, and whoever comes later sees what was retired.
  void MakeBarriers();

  static thread_local constinit inline Reader* of_thread_ = nullptr;

  // Read by all, written where something is retired: apart from what readers write.
  alignas(kCacheLineBytes) std::atomic<Epoch> raised_{0};
  std::atomic<bool> readers_fence_{true};
  // Barriers were made for what is retired up to here.
  std::atomic<Epoch> covered_{0};
  // Readers from here on were never taken.
  std::atomic<size_t> used_{0};
  std::array<Reader, kMaxReaders> readers_;
};

// A thread reads during its life, and may hold what it has found. Not to be nested.
class ReadSection {
 public:
  ReadSection() : reader_(Epochs::OfThread()) {
    if (reader_ != nullptr) Epochs::OfProcess().Come(reader_);
  }
  ~ReadSection() {
    if (reader_ != nullptr) Epochs::OfProcess().Leave(reader_);
  }
  ReadSection(const ReadSection&) = delete;
  ReadSection& operator=(const ReadSection&) = delete;

  // Null where the thread must not read without the lock.
  Epochs::Reader* reader() const { return reader_; }

 private:
  Epochs::Reader* const reader_;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_EPOCHS_H_
