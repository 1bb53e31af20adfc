// How old the oldest segment of each shard is, how much of it is dead, and how much it holds: by
// that the shards take memory from one another, so that the cache as a whole drops nothing while
// much is dead, and then its oldest items, although each shard keeps only its own order. Values of
// very different sizes would else unbalance them for good.
//
// Thread-safe. The figures are hints, published when a shard's log has changed.

#ifndef RINGCACHED_STORAGE_SHARD_AGES_H_
#define RINGCACHED_STORAGE_SHARD_AGES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace ringcached::storage {

class ShardAges {
 public:
  // As an age: the shard has no sealed segment.
  static constexpr uint64_t kNone = std::numeric_limits<uint64_t>::max();

  // A shard is young if its oldest segment was sealed more than `slack` segments after another's.
  ShardAges(size_t shard_count, uint64_t slack) : shards_(shard_count), slack_(slack) {}

  // `sealed_as`: of the oldest sealed segment. `dead_bytes`: what the shard would win by cleaning
  // alone; 0 unless that is much. `bytes`: all that it holds.
  void Publish(size_t shard, uint64_t sealed_as, size_t dead_bytes, size_t bytes) {
    shards_[shard].dead_bytes.store(dead_bytes, std::memory_order_relaxed);
    shards_[shard].sealed_as.store(sealed_as, std::memory_order_relaxed);
    shards_[shard].bytes.store(bytes, std::memory_order_relaxed);
  }

  // The shard with most that is dead; if none has much, that with the oldest segment; if none has
  // one, that which holds most.
  size_t Oldest() const {
    size_t oldest = 0;
    for (size_t i = 1; i < shards_.size(); ++i) {
      if (Precedes(shards_[i], shards_[oldest])) oldest = i;
    }
    return oldest;
  }
  // True if another shard should give before that one does.
  bool IsYoung(size_t shard) const {
    const Entry& first = shards_[Oldest()];
    if (Dead(first) > 0) return Dead(shards_[shard]) == 0;
    const uint64_t oldest = SealedAs(first);
    const uint64_t own = SealedAs(shards_[shard]);
    return oldest != kNone && own > oldest && own - oldest > slack_;
  }

 private:
  struct Entry {
    std::atomic<uint64_t> sealed_as{kNone};
    std::atomic<size_t> dead_bytes{0};
    std::atomic<size_t> bytes{0};
  };
  static uint64_t SealedAs(const Entry& entry) {
    return entry.sealed_as.load(std::memory_order_relaxed);
  }
  static size_t Dead(const Entry& entry) {
    return entry.dead_bytes.load(std::memory_order_relaxed);
  }
  static bool Precedes(const Entry& a, const Entry& b) {
    if (Dead(a) != Dead(b)) return Dead(a) > Dead(b);
    if (SealedAs(a) != SealedAs(b)) return SealedAs(a) < SealedAs(b);
    return a.bytes.load(std::memory_order_relaxed) > b.bytes.load(std::memory_order_relaxed);
  }

  std::vector<Entry> shards_;
  const uint64_t slack_;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_SHARD_AGES_H_
