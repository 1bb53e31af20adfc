#include "protocol/binary_header.h"

#include <bit>
#include <cassert>
#include <cstring>

namespace ringcached::protocol {
namespace {

// Where each field begins.
constexpr size_t kOpcodeOffset = 1;
constexpr size_t kKeyBytesOffset = 2;
constexpr size_t kExtrasBytesOffset = 4;
constexpr size_t kStatusOffset = 6;
constexpr size_t kBodyBytesOffset = 8;
constexpr size_t kOpaqueOffset = 12;
constexpr size_t kCasOffset = 16;

// From the machine's order of bytes to the packets', and back. A loop over the bytes is the same,
// but compilers do not see it.
template <typename Number>
Number Swapped(Number number) {
  if constexpr (std::endian::native == std::endian::big) return number;
  if constexpr (sizeof(Number) == 2) return __builtin_bswap16(number);
  if constexpr (sizeof(Number) == 4) return __builtin_bswap32(number);
  if constexpr (sizeof(Number) == 8) return __builtin_bswap64(number);
}

template <typename Number>
Number ReadBig(const char* from) {
  Number number;
  std::memcpy(&number, from, sizeof(number));
  return Swapped(number);
}

template <typename Number>
char* PutBig(char* to, Number number) {
  const Number swapped = Swapped(number);
  std::memcpy(to, &swapped, sizeof(swapped));
  return to + sizeof(swapped);
}

}  // namespace

BinaryHeader ReadBinaryHeader(std::string_view input) {
  assert(input.size() >= kBinaryHeaderBytes);
  const char* const from = input.data();
  BinaryHeader header;
  header.magic = static_cast<uint8_t>(from[0]);
  header.opcode = static_cast<Opcode>(from[kOpcodeOffset]);
  header.key_bytes = ReadBig<uint16_t>(from + kKeyBytesOffset);
  header.extras_bytes = static_cast<uint8_t>(from[kExtrasBytesOffset]);
  header.body_bytes = ReadBig32(from + kBodyBytesOffset);
  std::memcpy(header.opaque.data(), from + kOpaqueOffset, header.opaque.size());
  header.cas = ReadBig64(from + kCasOffset);
  return header;
}

char* WriteBinaryHeader(const BinaryHeader& header, BinaryStatus status, char* to) {
  to[0] = static_cast<char>(header.magic);
  to[kOpcodeOffset] = static_cast<char>(header.opcode);
  PutBig(to + kKeyBytesOffset, header.key_bytes);
  to[kExtrasBytesOffset] = static_cast<char>(header.extras_bytes);
  to[kExtrasBytesOffset + 1] = 0;  // the only data type there is
  PutBig(to + kStatusOffset, static_cast<uint16_t>(status));
  PutBig32(to + kBodyBytesOffset, header.body_bytes);
  std::memcpy(to + kOpaqueOffset, header.opaque.data(), header.opaque.size());
  return PutBig64(to + kCasOffset, header.cas);
}

uint32_t ReadBig32(const char* from) { return ReadBig<uint32_t>(from); }
uint64_t ReadBig64(const char* from) { return ReadBig<uint64_t>(from); }
char* PutBig32(char* to, uint32_t number) { return PutBig(to, number); }
char* PutBig64(char* to, uint64_t number) { return PutBig(to, number); }

}  // namespace ringcached::protocol
