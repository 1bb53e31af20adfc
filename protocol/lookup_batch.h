// Keys that stand in input which has arrived: hashed, and asked for from memory, before the
// commands that name them are executed. So the cache misses of many lookups overlap.
//
// A batch is a hint. An entry that no command takes is passed over, and a key without an entry is
// hashed when it is needed.

#ifndef RINGCACHED_PROTOCOL_LOOKUP_BATCH_H_
#define RINGCACHED_PROTOCOL_LOOKUP_BATCH_H_

#include <array>
#include <cassert>
#include <cstddef>
#include <string_view>

#include "protocol/limits.h"
#include "storage/cache.h"

namespace ringcached::protocol {

class LookupBatch {
 public:
  // `cache` outlives the batch.
  explicit LookupBatch(const storage::Cache& cache) : cache_(cache) {}
  LookupBatch(const LookupBatch&) = delete;
  LookupBatch& operator=(const LookupBatch&) = delete;

  size_t size() const { return count_; }
  // Those that are neither taken nor passed over.
  size_t left() const { return count_ - next_; }
  bool full() const { return count_ == kLookupBatchKeys; }
  // In the order in which they were added. REQUIRES: i < size().
  const storage::HashedKey& operator[](size_t i) const { return keys_[i]; }

  // The first step: hashes the key and asks for its index lines. The key's bytes do not change
  // before Clear(). REQUIRES: !full(), 1 <= key.size() <= kMaxKeyBytes.
  void Add(std::string_view key) {
    storage::HashedKey& added = keys_[count_++];
    added = cache_.Hash(key);
    cache_.Prefetch(added);
  }
  // The second, once all are added: asks for the items. A single key's lookup would only wait for
  // what it then reads itself.
  void PrefetchItems() const;

  // The key with its hash, which is that of the entry for the very same bytes if there is one, and
  // else computed. The entries in front of the one that is taken are passed over.
  // REQUIRES: 1 <= key.size() <= kMaxKeyBytes.
  storage::HashedKey HashOf(std::string_view key) {
    if (left() == 0) return cache_.Hash(key);
    return IsAt(keys_[next_], key) ? Take(next_) : Seek(key);
  }

  // The next entry if its key begins at `at`, else null.
  const storage::HashedKey* NextAt(const char* at) const {
    return left() > 0 && keys_[next_].bytes.data() == at ? &keys_[next_] : nullptr;
  }
  // REQUIRES: left() > 0.
  void TakeNext() { Take(next_); }

  // True if the next entry is a key behind the first `done` bytes of `input`; those that lie within
  // them are passed over.
  bool LeadsBeyond(std::string_view input, size_t done);

  void Clear() { next_ = count_ = 0; }

 private:
  static bool IsAt(const storage::HashedKey& entry, std::string_view key) {
    return entry.bytes.data() == key.data() && entry.bytes.size() == key.size();
  }
  const storage::HashedKey& Take(size_t i) {
    assert(keys_[i].hash == cache_.Hash(keys_[i].bytes).hash);
    next_ = i + 1;
    return keys_[i];
  }
  storage::HashedKey Seek(std::string_view key);

  const storage::Cache& cache_;
  size_t next_ = 0;  // entries in front of it are taken or passed over
  size_t count_ = 0;
  std::array<storage::HashedKey, kLookupBatchKeys> keys_;
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_LOOKUP_BATCH_H_
