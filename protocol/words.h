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

// Where the word ends that begins at `begin`. Most words are shorter than a call of memchr is
// worth.
inline size_t WordEnd(std::string_view line, size_t begin) {
  constexpr size_t kShortBytes = 16;
  const size_t short_end = std::min(line.size(), begin + kShortBytes);
  size_t end = begin;
  while (end < short_end && line[end] != ' ') ++end;
  if (end < short_end || end == line.size()) return end;
  return std::min(line.find(' ', end), line.size());
}

// An empty word: nothing but blanks was left.
inline Word NextWord(std::string_view line) {
  size_t begin = 0;
  while (begin < line.size() && line[begin] == ' ') ++begin;
  const size_t end = WordEnd(line, begin);
  return {line.substr(begin, end - begin), end};
}

// A line's first kMostKept words by number, and the last. The line stays while they are asked for.
template <size_t kMostKept>
class FirstWords {
 public:
  explicit FirstWords(std::string_view line) {
    for (Word word = NextWord(line); !word.text.empty(); word = NextWord(line)) {
      if (count_ < kMostKept) words_[count_] = {word.text.data(), word.text.size()};
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
  std::string_view operator[](size_t i) const {
    return i < count_ ? std::string_view(words_[i].data, words_[i].bytes) : std::string_view();
  }
  std::string_view last() const { return last_; }

 private:
  // Not a std::string_view, whose constructor would clear hundreds of bytes for each line.
  struct Place {
    const char* data;
    size_t bytes;
  };
  std::array<Place, kMostKept> words_;  // the first count_ of them
  size_t count_ = 0;
  std::string_view last_;
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_WORDS_H_
