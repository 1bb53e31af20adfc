// Packets of the binary dialect in transcripts. README.md describes how one is written. Knows
// nothing of the server's own idea of a packet, which it checks.

#ifndef RINGCACHED_TESTS_TRANSCRIPTS_PACKET_TEMPLATE_H_
#define RINGCACHED_TESTS_TRANSCRIPTS_PACKET_TEMPLATE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "tests/transcripts/text_template.h"

namespace ringcached::transcripts {

// What every request begins with, and every response.
inline constexpr char kRequestMagic = '\x80';
inline constexpr char kResponseMagic = '\x81';

inline constexpr size_t kPacketHeaderBytes = 24;

// True for a line that describes a packet and not text.
bool IsPacketLine(std::string_view source);

// Appends the packet that `source` describes; `magic` says of which kind it is, unless the line
// does. InvalidArgument says what is wrong with it.
absl::Status AppendPacketLine(std::string_view source, char magic, TextTemplate* text);

// A packet and its parts; they point into what was read.
struct Packet {
  uint8_t opcode = 0;
  uint16_t status = 0;
  uint32_t opaque = 0;
  uint64_t cas = 0;
  std::string_view extras;
  std::string_view key;
  std::string_view value;
  std::string_view whole;
};

// The response at the front of `received`; nothing if it is not whole, or no response.
std::optional<Packet> ReadResponse(std::string_view received);

// Compares what is received with a piece of Kind::kPacket. On a match *packet is it; that its cas
// number is the one under the piece's name is left to the caller.
MatchResult MatchPacket(const TemplatePiece& piece, std::string_view received, Packet* packet);

// The bytes of a piece of Kind::kPacket, with this cas number.
std::string PacketWithCas(const TemplatePiece& piece, uint64_t cas);

// As Printable(), but responses about as transcripts write them.
std::string PrintableReplies(std::string_view bytes);

}  // namespace ringcached::transcripts

#endif  // RINGCACHED_TESTS_TRANSCRIPTS_PACKET_TEMPLATE_H_
