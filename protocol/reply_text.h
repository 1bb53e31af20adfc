// Pieces of replies, written at a place that has room for them. Each returns what is behind it.

#ifndef RINGCACHED_PROTOCOL_REPLY_TEXT_H_
#define RINGCACHED_PROTOCOL_REPLY_TEXT_H_

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ringcached::protocol {

// Digits of 2^64-1.
inline constexpr size_t kMaxNumberBytes = 20;

inline char* Put(char* to, std::string_view text) {
  if (text.empty()) return to;  // it may lie nowhere
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

inline char* PutNumber(char* to, uint64_t number) {
  return std::to_chars(to, to + kMaxNumberBytes, number).ptr;
}

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_REPLY_TEXT_H_
