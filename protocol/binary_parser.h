// The binary dialect's requests: one packet, but for its value, in; one Request out. No state.
//
// memcached's rules: what a packet of each opcode may consist of, and what is said where it does
// not.

#ifndef RINGCACHED_PROTOCOL_BINARY_PARSER_H_
#define RINGCACHED_PROTOCOL_BINARY_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/binary_header.h"
#include "protocol/request.h"

namespace ringcached::protocol {

// What is done with a packet.
enum class BinaryAction : uint8_t {
  kExecute,
  kReceiveValue,  // a store; its value of request.value_bytes follows
  kSasl,          // SASL's commands, which are about the connection
  kRefuse,        // reply the status; what is left of the packet is skipped
  kFail,          // reply the status and close: where the next packet begins is doubtful
  kClose,         // close without a word: this is no client
};

// What the reply to a hit consists of, beside the flags.
struct BinaryReturns {
  bool key = false;    // of a miss too
  bool value = false;  // else the number of kNumber, or nothing
};

struct BinaryPacket {
  BinaryAction action = BinaryAction::kRefuse;
  BinaryStatus status = BinaryStatus::kUnknownCommand;  // kRefuse, kFail
  BinaryReturns returns;
};

// Whether the packet is one that the header alone refuses; kExecute if not, and then all of the
// header, extras and key are needed to go on.
BinaryPacket CheckBinaryHeader(const BinaryHeader& header);

// Bytes in front of the value. REQUIRES: CheckBinaryHeader() said kExecute.
constexpr size_t BytesBeforeValue(const BinaryHeader& header) {
  return kBinaryHeaderBytes + header.extras_bytes + header.key_bytes;
}

// Parses into *request, which is overwritten; its views point into `packet`.
// REQUIRES: CheckBinaryHeader() said kExecute; packet.size() >= BytesBeforeValue(header).
BinaryPacket ParseBinaryPacket(const BinaryHeader& header, std::string_view packet,
                               Request* request);

// True if it is a well-formed packet's, whose key names an item.
bool NamesItem(const BinaryHeader& header);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_BINARY_PARSER_H_
