// The keys of a run, numbered from 0, and the one value that each of them ever has: whoever reads a
// value can tell whether it is the right one. Values hold every byte, line ends included.

#ifndef RINGCACHED_BENCH_LOAD_KEY_SPACE_H_
#define RINGCACHED_BENCH_LOAD_KEY_SPACE_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace ringcached::load {

class KeySpace {
 public:
  // REQUIRES: key_count > 0.
  KeySpace(uint64_t key_count, size_t value_bytes);

  uint64_t key_count() const { return key_count_; }
  size_t value_bytes() const { return value_bytes_; }

  // REQUIRES of both: key < key_count().
  // All keys have the same length.
  void AppendKey(uint64_t key, std::string& out) const;
  // Values of 8 bytes and more differ from key to key.
  void AppendValue(uint64_t key, std::string& out) const;

 private:
  uint64_t key_count_;
  size_t value_bytes_;
  std::string pattern_;  // every value, its first bytes excepted, is a piece of it
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_KEY_SPACE_H_
