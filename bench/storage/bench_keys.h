// Keys for benchmarks. They lie one behind the other in the order in which they will be asked for,
// so that reading the next key costs no cache miss of its own.

#ifndef RINGCACHED_BENCH_STORAGE_BENCH_KEYS_H_
#define RINGCACHED_BENCH_STORAGE_BENCH_KEYS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/density/items.h"

namespace ringcached::storage {

using density::kKeyBytes;

// The numbers [0, count), shuffled.
std::vector<uint32_t> ShuffledNumbers(uint32_t count);

class BenchKeys {
 public:
  // Keys of first + number for each of `order`.
  BenchKeys(uint64_t first, const std::vector<uint32_t>& order);
  // Keys [first, first + count) in this order; their text is random as it is.
  BenchKeys(uint64_t first, size_t count);

  size_t count() const { return bytes_.size() / kKeyBytes; }
  // REQUIRES: i < count().
  std::string_view At(size_t i) const { return {&bytes_[i * kKeyBytes], kKeyBytes}; }

 private:
  std::string bytes_;
};

// Goes through keys over and over.
class KeyCycle {
 public:
  explicit KeyCycle(const BenchKeys& keys) : keys_(keys) {}

  std::string_view Next() {
    if (next_ == keys_.count()) next_ = 0;
    return keys_.At(next_++);
  }

 private:
  const BenchKeys& keys_;
  size_t next_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_BENCH_STORAGE_BENCH_KEYS_H_
