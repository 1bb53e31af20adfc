// The keys of a run, numbered from 0, and the one value that each of them ever has: whoever reads a
// value can tell whether it is the right one. Values hold every byte, line ends included.

#ifndef RINGCACHED_BENCH_LOAD_KEY_SPACE_H_
#define RINGCACHED_BENCH_LOAD_KEY_SPACE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringcached::load {

class KeySpace {
 public:
  static constexpr size_t kKeyBytes = 17;

  // Key spaces of another name have no key in common. REQUIRES: key_count > 0; the name has
  // kNameBytes.
  KeySpace(uint64_t key_count, size_t value_bytes, std::string_view name = "load");

  static constexpr size_t kNameBytes = 4;

  uint64_t key_count() const { return key_count_; }
  size_t value_bytes() const { return value_bytes_; }

  // REQUIRES of all: key < key_count().
  // Of several keys that are asked for at once, the one at this index. That at 0 is `key`, the
  // others lie anywhere.
  uint64_t Nth(uint64_t key, uint32_t index) const;
  // Appends kKeyBytes.
  void AppendKey(uint64_t key, std::string& out) const;
  // Values of 8 bytes and more differ from key to key.
  void AppendValue(uint64_t key, std::string& out) const;

 private:
  uint64_t key_count_;
  size_t value_bytes_;
  std::string prefix_;
  std::string pattern_;  // every value, its first bytes excepted, is a piece of it
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_KEY_SPACE_H_
