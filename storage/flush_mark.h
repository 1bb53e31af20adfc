// Which items of a shard flush_all has ended. A shard gives its items ascending cas numbers, so
// "all there are" is one number, and a flush costs nothing per item. Not thread-safe.

#ifndef RINGCACHED_STORAGE_FLUSH_MARK_H_
#define RINGCACHED_STORAGE_FLUSH_MARK_H_

#include <cstdint>

#include "storage/time.h"

namespace ringcached::storage {

class FlushMark {
 public:
  bool Ends(uint64_t cas) const { return cas <= ended_cas_; }

  // Ends what was stored before second `at`; `last_cas` is the last number given so far.
  // REQUIRES: Settle(now, last_cas) was called.
  void Set(CacheSecond at, CacheSecond now, uint64_t last_cas) {
    pending_at_ = at > now ? at : kNothingPending;
    if (at <= now) ended_cas_ = last_cas;
  }

  // Carries out a flush whose second has come. Called before anything is stored or looked up at
  // `now`, so that what is stored at the deadline or later is not ended.
  void Settle(CacheSecond now, uint64_t last_cas) {
    if (pending_at_ == kNothingPending || now < pending_at_) return;
    pending_at_ = kNothingPending;
    ended_cas_ = last_cas;
  }

 private:
  static constexpr CacheSecond kNothingPending = 0;

  uint64_t ended_cas_ = 0;
  CacheSecond pending_at_ = kNothingPending;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_FLUSH_MARK_H_
