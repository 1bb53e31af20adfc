// The words of a line of the text dialect, which blanks separate; tabs do not.

#ifndef RINGCACHED_PROTOCOL_WORDS_H_
#define RINGCACHED_PROTOCOL_WORDS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace ringcached::protocol {

// The word at the front of a text, which in most places is a key. `consumed` includes the blanks in
// front of it.
struct KeyToken {
  std::string_view key;
  size_t consumed = 0;
};

// An empty key: nothing but blanks was left.
inline KeyToken NextKey(std::string_view keys) {
  const size_t begin = std::min(keys.find_first_not_of(' '), keys.size());
  const size_t end = std::min(keys.find(' ', begin), keys.size());
  return {keys.substr(begin, end - begin), end};
}

// A line's first kMostKept words by number, and the last.
template <size_t kMostKept>
class FirstWords {
 public:
  explicit FirstWords(std::string_view line) {
    for (KeyToken token = NextKey(line); !token.key.empty(); token = NextKey(line)) {
      if (count_ < kMostKept) words_[count_] = token.key;
      ++count_;
      last_ = token.key;
      line.remove_prefix(token.consumed);
    }
  }
  // All that the line has.
  size_t count() const { return count_; }
  size_t kept() const { return std::min(count_, kMostKept); }
  bool too_many() const { return count_ > kMostKept; }
  // Empty if there is no such word. REQUIRES: i < kMostKept.
  std::string_view operator[](size_t i) const { return words_[i]; }
  std::string_view last() const { return last_; }

 private:
  std::array<std::string_view, kMostKept> words_{};
  size_t count_ = 0;
  std::string_view last_;
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_WORDS_H_
