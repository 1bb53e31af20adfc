// Binary packets for tests: requests to send, and responses taken apart.

#ifndef RINGCACHED_TESTS_PROTOCOL_BINARY_PACKETS_H_
#define RINGCACHED_TESTS_PROTOCOL_BINARY_PACKETS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/binary_header.h"

namespace ringcached::protocol {

struct RequestPacket {
  Opcode opcode = Opcode::kNoop;
  std::string extras = {};
  std::string key = {};
  std::string value = {};
  uint64_t cas = 0;
  uint32_t opaque = 0;
};

// Extras.
std::string Big32(uint32_t number);
std::string Big64(uint64_t number);
inline std::string StoreExtras(uint32_t flags, uint32_t exptime) {
  return Big32(flags) + Big32(exptime);
}
inline std::string DeltaExtras(uint64_t delta, uint64_t initial, uint32_t exptime) {
  return Big64(delta) + Big64(initial) + Big32(exptime);
}

std::string Encode(const RequestPacket& packet);

struct ResponsePacket {
  Opcode opcode = Opcode::kNoop;
  BinaryStatus status = BinaryStatus::kSuccess;
  std::string extras;
  std::string key;
  std::string value;
  uint64_t cas = 0;
  uint32_t opaque = 0;
};

// Takes `bytes` apart; a response that is not whole, or no response, fails the test.
std::vector<ResponsePacket> DecodeAll(std::string_view bytes);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_TESTS_PROTOCOL_BINARY_PACKETS_H_
