#include "bench/load/binary_protocol.h"

#include <array>

namespace ringcached::load {
namespace {

constexpr size_t kHeaderBytes = 24;
constexpr size_t kFlagsBytes = 4;
constexpr size_t kSetExtraBytes = 8;  // flags and expiry
constexpr uint8_t kRequestMagic = 0x80;
constexpr uint8_t kReplyMagic = 0x81;
constexpr uint16_t kKeyNotFound = 1;

enum Opcode : uint8_t { kGet = 0x00, kSet = 0x01, kNoop = 0x0a, kGetQuietly = 0x09 };

void AppendNumber(uint64_t number, size_t bytes, std::string& out) {
  while (bytes > 0) out.push_back(static_cast<char>(number >> (8 * --bytes)));
}

uint64_t NumberAt(std::string_view bytes, size_t position, size_t count) {
  uint64_t number = 0;
  for (const char byte : bytes.substr(position, count)) {
    number = number << 8 | static_cast<uint8_t>(byte);
  }
  return number;
}

struct Header {
  uint8_t magic;
  uint8_t opcode;
  uint16_t key_bytes;
  uint8_t extra_bytes;
  uint16_t status;
  uint32_t body_bytes;
  uint32_t opaque;
};

// REQUIRES: `bytes` has kHeaderBytes.
Header ReadHeader(std::string_view bytes) {
  return {
      .magic = static_cast<uint8_t>(bytes[0]),
      .opcode = static_cast<uint8_t>(bytes[1]),
      .key_bytes = static_cast<uint16_t>(NumberAt(bytes, 2, 2)),
      .extra_bytes = static_cast<uint8_t>(bytes[4]),
      .status = static_cast<uint16_t>(NumberAt(bytes, 6, 2)),
      .body_bytes = static_cast<uint32_t>(NumberAt(bytes, 8, 4)),
      .opaque = static_cast<uint32_t>(NumberAt(bytes, 12, 4)),
  };
}

// What a request says about itself for its reply to repeat.
uint32_t OpaqueOf(uint64_t key) { return static_cast<uint32_t>(key); }

void AppendHeader(Opcode opcode, size_t key_bytes, size_t extra_bytes, size_t body_bytes,
                  uint64_t key, std::string& out) {
  AppendNumber(kRequestMagic, 1, out);
  AppendNumber(opcode, 1, out);
  AppendNumber(key_bytes, 2, out);
  AppendNumber(extra_bytes, 1, out);
  AppendNumber(0, 3, out);  // data type, reserved
  AppendNumber(body_bytes, 4, out);
  AppendNumber(OpaqueOf(key), 4, out);
  AppendNumber(0, 8, out);  // cas
}

// Whether the packet that begins `received` may be the reply to this opcode for this key.
bool Answers(const Header& header, Opcode opcode, uint64_t key) {
  return header.magic == kReplyMagic && header.opcode == opcode && header.opaque == OpaqueOf(key);
}

}  // namespace

void BinaryProtocol::AppendRequest(const Request& request, std::string& out) const {
  if (request.command == Command::kSet) return AppendSet(request.key, out);
  const Opcode opcode = request.key_count == 1 ? kGet : kGetQuietly;
  for (uint32_t i = 0; i < request.key_count; ++i) {
    const uint64_t key = keys_.Nth(request.key, i);
    AppendHeader(opcode, KeySpace::kKeyBytes, 0, KeySpace::kKeyBytes, key, out);
    keys_.AppendKey(key, out);
  }
  if (opcode == kGetQuietly) AppendHeader(kNoop, 0, 0, 0, request.key, out);
}

void BinaryProtocol::AppendSet(uint64_t key, std::string& out) const {
  AppendHeader(kSet, KeySpace::kKeyBytes, kSetExtraBytes,
               kSetExtraBytes + KeySpace::kKeyBytes + keys_.value_bytes(), key, out);
  AppendNumber(0, kSetExtraBytes, out);
  keys_.AppendKey(key, out);
  keys_.AppendValue(key, out);
}

Judgement BinaryProtocol::Judge(const Request& request, std::string_view received, Care care) {
  if (request.command == Command::kSet) return JudgeSet(request.key, received);
  if (request.key_count == 1) return JudgeGet(request.key, received, care);
  return JudgeGets(request, received, care);
}

Judgement BinaryProtocol::JudgeSet(uint64_t key, std::string_view received) const {
  if (received.size() < kHeaderBytes) return {};
  const Header header = ReadHeader(received);
  const bool right = Answers(header, kSet, key) && header.status == 0 && header.body_bytes == 0;
  return right ? Judgement{Verdict::kRight, kHeaderBytes} : Judgement{Verdict::kWrong};
}

Judgement BinaryProtocol::JudgeGet(uint64_t key, std::string_view received, Care care) {
  if (received.size() < kHeaderBytes) return {};
  const Header header = ReadHeader(received);
  if (!Answers(header, kGet, key)) return {Verdict::kWrong};
  const size_t bytes = kHeaderBytes + header.body_bytes;
  if (header.status == 0) {
    if (header.body_bytes != kFlagsBytes + keys_.value_bytes()) return {Verdict::kWrong};
    if (received.size() < bytes) return {};
    const bool right = IsRight(key, received.substr(0, bytes), care);
    return right ? Judgement{Verdict::kRight, bytes} : Judgement{Verdict::kWrong};
  }
  if (header.status != kKeyNotFound) return {Verdict::kWrong};
  if (received.size() < bytes) return {};
  return {Verdict::kMiss, bytes, 1};
}

// Hits come in the order of the request, misses not at all, the no-op's reply last.
Judgement BinaryProtocol::JudgeGets(const Request& request, std::string_view received, Care care) {
  Judgement all{Verdict::kRight};
  uint32_t next = 0;
  while (true) {
    const std::string_view rest = received.substr(all.reply_bytes);
    if (rest.size() < kHeaderBytes) return {};
    const Header header = ReadHeader(rest);
    const size_t bytes = kHeaderBytes + header.body_bytes;
    if (Answers(header, kNoop, request.key)) {
      all.reply_bytes += bytes;
      all.misses += request.key_count - next;
      if (all.misses == request.key_count) all.verdict = Verdict::kMiss;
      return header.body_bytes == 0 ? all : Judgement{Verdict::kWrong};
    }
    while (next < request.key_count &&
           !Answers(header, kGetQuietly, keys_.Nth(request.key, next))) {
      ++next;
      ++all.misses;
    }
    if (next == request.key_count || header.status != 0) return {Verdict::kWrong};
    if (header.body_bytes != kFlagsBytes + keys_.value_bytes()) return {Verdict::kWrong};
    if (rest.size() < bytes) return {};
    if (!IsRight(keys_.Nth(request.key, next), rest.substr(0, bytes), care)) {
      return {Verdict::kWrong};
    }
    all.reply_bytes += bytes;
    ++next;
  }
}

bool BinaryProtocol::IsRight(uint64_t key, std::string_view packet, Care care) {
  const Header header = ReadHeader(packet);
  if (header.key_bytes != 0 || header.extra_bytes != kFlagsBytes) return false;
  if (NumberAt(packet, kHeaderBytes, kFlagsBytes) != 0) return false;
  if (care == Care::kEnds) return true;
  expected_.clear();
  keys_.AppendValue(key, expected_);
  return packet.substr(kHeaderBytes + kFlagsBytes) == expected_;
}

}  // namespace ringcached::load
