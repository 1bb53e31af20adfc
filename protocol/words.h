// The words of a line of the text dialect, which blanks separate; tabs do not.

#ifndef RINGCACHED_PROTOCOL_WORDS_H_
#define RINGCACHED_PROTOCOL_WORDS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace ringcached::protocol {

// The word at the front of a line. `consumed` includes the blanks in front of it.
struct Word {
  std::string_view text;
  size_t consumed = 0;
};

// An empty word: nothing but blanks was left.
inline Word NextWord(std::string_view line) {
  const size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const size_t end = std::min(line.find(' ', begin), line.size());
  return {line.substr(begin, end - begin), end};
}

// A line's first kMostKept words by number, and the last.
template <size_t kMostKept>
class FirstWords {
 public:
  explicit FirstWords(std::string_view line) {
    for (Word word = NextWord(line); !word.text.empty(); word = NextWord(line)) {
      if (count_ < kMostKept) words_[count_] = word.text;
      ++count_;
      last_ = word.text;
      line.remove_prefix(word.consumed);
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
