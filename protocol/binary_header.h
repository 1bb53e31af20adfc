// The binary dialect's packets as they lie in the stream: a header of 24 bytes, extras, key, value.
// All numbers are big-endian.

#ifndef RINGCACHED_PROTOCOL_BINARY_HEADER_H_
#define RINGCACHED_PROTOCOL_BINARY_HEADER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringcached::protocol {

enum class Opcode : uint8_t {
  kGet = 0x00,
  kSet = 0x01,
  kAdd = 0x02,
  kReplace = 0x03,
  kDelete = 0x04,
  kIncrement = 0x05,
  kDecrement = 0x06,
  kQuit = 0x07,
  kFlush = 0x08,
  kGetQ = 0x09,
  kNoop = 0x0a,
  kVersion = 0x0b,
  kGetK = 0x0c,
  kGetKQ = 0x0d,
  kAppend = 0x0e,
  kPrepend = 0x0f,
  kStat = 0x10,
  kSetQ = 0x11,
  kAddQ = 0x12,
  kReplaceQ = 0x13,
  kDeleteQ = 0x14,
  kIncrementQ = 0x15,
  kDecrementQ = 0x16,
  kQuitQ = 0x17,
  kFlushQ = 0x18,
  kAppendQ = 0x19,
  kPrependQ = 0x1a,
  kTouch = 0x1c,
  kGat = 0x1d,
  kGatQ = 0x1e,
  kSaslList = 0x20,
  kSaslAuth = 0x21,
  kSaslStep = 0x22,
  kGatK = 0x23,
  kGatKQ = 0x24,
};

enum class BinaryStatus : uint16_t {
  kSuccess = 0x00,
  kNotFound = 0x01,
  kExists = 0x02,
  kTooLarge = 0x03,
  kInvalid = 0x04,
  kNotStored = 0x05,
  kNonNumeric = 0x06,
  kAuthError = 0x20,
  kAuthContinue = 0x21,
  kUnknownCommand = 0x81,
  kOutOfMemory = 0x82,
};

inline constexpr size_t kBinaryHeaderBytes = 24;
// What every request begins with, and every response.
inline constexpr uint8_t kRequestMagic = 0x80;
inline constexpr uint8_t kResponseMagic = 0x81;

// As the client sent it, to be sent back.
using BinaryOpaque = std::array<char, 4>;

struct BinaryHeader {
  uint8_t magic = 0;
  Opcode opcode = Opcode::kGet;
  uint16_t key_bytes = 0;
  uint8_t extras_bytes = 0;
  uint32_t body_bytes = 0;  // extras, key and value
  BinaryOpaque opaque = {};
  uint64_t cas = 0;
};

// REQUIRES: input.size() >= kBinaryHeaderBytes.
BinaryHeader ReadBinaryHeader(std::string_view input);

// A response's header, with `status` where a request has its partition. Writes kBinaryHeaderBytes
// and returns what is behind them.
char* WriteBinaryHeader(const BinaryHeader& header, BinaryStatus status, char* to);

// A number as it lies at `from`; `from` has its size.
uint32_t ReadBig32(const char* from);
uint64_t ReadBig64(const char* from);
// Writes it and returns what is behind.
char* PutBig32(char* to, uint32_t number);
char* PutBig64(char* to, uint64_t number);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_BINARY_HEADER_H_
