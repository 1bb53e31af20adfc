#include "tests/protocol/binary_packets.h"

#include <gtest/gtest.h>

#include <array>

namespace ringcached::protocol {
namespace {

uint32_t OpaqueOf(const BinaryHeader& header) { return ReadBig32(header.opaque.data()); }

}  // namespace

std::string Big32(uint32_t number) {
  std::array<char, sizeof(number)> bytes;
  PutBig32(bytes.data(), number);
  return {bytes.data(), bytes.size()};
}

std::string Big64(uint64_t number) {
  std::array<char, sizeof(number)> bytes;
  PutBig64(bytes.data(), number);
  return {bytes.data(), bytes.size()};
}

std::string Encode(const RequestPacket& packet) {
  BinaryHeader header;
  header.magic = kRequestMagic;
  header.opcode = packet.opcode;
  header.key_bytes = static_cast<uint16_t>(packet.key.size());
  header.extras_bytes = static_cast<uint8_t>(packet.extras.size());
  header.body_bytes =
      static_cast<uint32_t>(packet.extras.size() + packet.key.size() + packet.value.size());
  PutBig32(header.opaque.data(), packet.opaque);
  header.cas = packet.cas;
  std::array<char, kBinaryHeaderBytes> bytes;
  WriteBinaryHeader(header, BinaryStatus::kSuccess, bytes.data());
  return std::string(bytes.data(), bytes.size()) + packet.extras + packet.key + packet.value;
}

std::vector<ResponsePacket> DecodeAll(std::string_view bytes) {
  std::vector<ResponsePacket> packets;
  while (bytes.size() >= kBinaryHeaderBytes) {
    const BinaryHeader header = ReadBinaryHeader(bytes);
    EXPECT_EQ(header.magic, kResponseMagic);
    EXPECT_LE(header.body_bytes, bytes.size() - kBinaryHeaderBytes);
    const std::string_view body = bytes.substr(kBinaryHeaderBytes, header.body_bytes);
    ResponsePacket packet;
    packet.opcode = header.opcode;
    packet.status = static_cast<BinaryStatus>(static_cast<uint8_t>(bytes[6]) << 8 |
                                              static_cast<uint8_t>(bytes[7]));
    packet.extras = std::string(body.substr(0, header.extras_bytes));
    packet.key = std::string(body.substr(header.extras_bytes, header.key_bytes));
    packet.value = std::string(body.substr(header.extras_bytes + header.key_bytes));
    packet.cas = header.cas;
    packet.opaque = OpaqueOf(header);
    packets.push_back(std::move(packet));
    bytes.remove_prefix(kBinaryHeaderBytes + body.size());
  }
  EXPECT_TRUE(bytes.empty()) << bytes.size() << " bytes are no packet";
  return packets;
}

}  // namespace ringcached::protocol
