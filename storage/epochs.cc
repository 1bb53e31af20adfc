// Why nobody uses memory that a reader holds. A reader comes by a store of `seen` before it looks
// for anything. A writer removes the way, raises the epoch, has barriers made, and reads `seen`.
// - If the reader came before its barrier, the writer reads what it said then or later. If that is
//   the object's epoch or a later one, the reader read that epoch after the way was gone. If it is
//   older, the writer waits. If the reader is away, it has let go of what it held.
// - If it came after its barrier, it looks after that too, and does not find the object.
// With fences of the readers' own the writer's fence and the reader's come in one order, which
// gives the same two cases.

#include "storage/epochs.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace ringcached::storage {
namespace {

bool Membarrier(int command) { return syscall(SYS_membarrier, command, 0, 0) == 0; }

}  // namespace

// Gives a thread's reader back at its end. What the thread does after that, in destructors of other
// variables of its own, reads under the lock.
class ReaderOwner {
 public:
  ReaderOwner() : reader_(Epochs::OfProcess().Take()) {}
  ~ReaderOwner() {
    Epochs::of_thread_ = nullptr;
    ended_ = true;
    if (reader_ == nullptr) return;
    reader_->seen.store(0, std::memory_order_release);
    reader_->taken.store(false, std::memory_order_release);
  }
  ReaderOwner(const ReaderOwner&) = delete;
  ReaderOwner& operator=(const ReaderOwner&) = delete;

  Epochs::Reader* reader() const { return reader_; }
  static bool ended() { return ended_; }

 private:
  static thread_local constinit inline bool ended_ = false;

  Epochs::Reader* const reader_;
};

Epochs& Epochs::OfProcess() {
  static constinit Epochs epochs;
  return epochs;
}

Epochs::Reader* Epochs::TakeForThread() {
  if (ReaderOwner::ended()) return nullptr;
  thread_local ReaderOwner owner;
  of_thread_ = owner.reader();
  return of_thread_;
}

Epochs::Reader* Epochs::Take() {
  SystemMakesBarriers();
  for (size_t i = 0; i < kMaxReaders; ++i) {
    bool taken = false;
    if (!readers_[i].taken.compare_exchange_strong(taken, true, std::memory_order_acq_rel))
      continue;
    readers_[i].random = static_cast<uint32_t>(i) * 0x9e3779b1U + 1;
    size_t used = used_.load(std::memory_order_relaxed);
    while (used <= i && !used_.compare_exchange_weak(used, i + 1, std::memory_order_seq_cst)) {
    }
    return &readers_[i];
  }
  return nullptr;
}

// Asked before anybody reads or looks for readers; the answer stands.
bool Epochs::SystemMakesBarriers() {
  static const bool makes_them = [this] {
    const bool registered = Membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
    readers_fence_.store(!registered, std::memory_order_seq_cst);
    return registered;
  }();
  return makes_them;
}

void Epochs::MakeBarriers() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!SystemMakesBarriers()) return;
  // Readers have gone without fences since it was granted: if it were refused now, nobody could say
  // what they hold.
  if (!Membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) std::abort();
}

Epoch Epochs::SeenByAll(Epoch wanted) {
  assert(of_thread_ == nullptr || of_thread_->seen.load(std::memory_order_relaxed) == 0);
  Epoch covered = covered_.load(std::memory_order_acquire);
  if (covered < wanted) {
    const Epoch now = Now();
    MakeBarriers();
    while (covered < now &&
           !covered_.compare_exchange_weak(covered, now, std::memory_order_acq_rel)) {
    }
    covered = std::max(covered, now);
  }
  const size_t used = used_.load(std::memory_order_acquire);
  Epoch seen_by_all = covered;
  for (size_t i = 0; i < used; ++i) {
    const Epoch seen = readers_[i].seen.load(std::memory_order_acquire);
    if (seen != 0) seen_by_all = std::min(seen_by_all, seen);
  }
  return seen_by_all;
}

}  // namespace ringcached::storage
