// Base64 as memcached reads and writes keys in it: the alphabet with + and /, padded.

#ifndef RINGCACHED_PROTOCOL_BASE64_H_
#define RINGCACHED_PROTOCOL_BASE64_H_

#include <cstddef>
#include <string_view>

namespace ringcached::protocol {

// What so many bytes take.
constexpr size_t Base64Bytes(size_t bytes) { return (bytes + 2) / 3 * 4; }

// Writes `bytes` at `to`, which has room for Base64Bytes() of them; returns what is behind.
char* EncodeBase64(std::string_view bytes, char* to);

// Writes what `text` stands for at `to`, which has room for text.size(), and returns how many bytes
// that are; 0 if it stands for nothing. memcached's leniency: characters outside the alphabet are
// passed over, and what is behind the padding is not read.
size_t DecodeBase64(std::string_view text, char* to);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_BASE64_H_
