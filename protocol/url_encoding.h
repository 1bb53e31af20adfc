// Keys in lines that tools read word by word: what is not a letter, a digit or one of "-._~" is
// written as a percent sign and two hexadecimal digits. memcached's rule.

#ifndef RINGCACHED_PROTOCOL_URL_ENCODING_H_
#define RINGCACHED_PROTOCOL_URL_ENCODING_H_

#include <cstddef>
#include <string_view>

namespace ringcached::protocol {

// The most that so many bytes take.
constexpr size_t MaxUrlBytes(size_t bytes) { return bytes * 3; }

// Writes `bytes` at `to`, which has room for MaxUrlBytes() of them; returns what is behind.
inline char* PutUrlEncoded(char* to, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : bytes) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool plain = letter || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    if (plain || c == '~') {
      *to++ = c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    *to++ = '%';
    *to++ = kDigits[byte >> 4];
    *to++ = kDigits[byte & 15];
  }
  return to;
}

// False for keys that only the binary and meta commands can name: a line of words could not carry
// them as they are.
inline bool FitsInLine(std::string_view key) {
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f) return false;
  }
  return true;
}

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_URL_ENCODING_H_
