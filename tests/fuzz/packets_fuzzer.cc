// Any bytes as a packet of the binary dialect: what the parser says of it lies in it, and what the
// header alone decides is decided without the rest.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/binary_parser.h"
#include "protocol/limits.h"
#include "tests/fuzz/check.h"

namespace ringcached::protocol {
namespace {

using fuzz::Check;
using fuzz::LiesIn;

void ParsePacket(const BinaryHeader& header, std::string_view packet) {
  Request request;
  const BinaryPacket parsed = ParseBinaryPacket(header, packet, &request);
  Check(LiesIn(packet, request.key.bytes) && LiesIn(packet, request.argument),
        "what is named lies in its packet");
  Check(request.value_bytes + BytesBeforeValue(header) ==
            kBinaryHeaderBytes + size_t{header.body_bytes},
        "the value is the rest of the body");
  Check(parsed.action != BinaryAction::kReceiveValue || IsStore(request.command),
        "only a store has a value");
}

void CheckPacket(std::string_view packet) {
  const BinaryHeader header = ReadBinaryHeader(packet);
  if (CheckBinaryHeader(header).action != BinaryAction::kExecute) {
    Check(!NamesItem(header), "what is refused names no item");
    return;
  }
  Check(header.key_bytes <= storage::kMaxKeyBytes, "a key is not too long");
  Check(header.body_bytes <= kMaxBinaryBodyBytes, "a body is within the limit");
  if (packet.size() >= BytesBeforeValue(header)) ParsePacket(header, packet);
}

}  // namespace
}  // namespace ringcached::protocol

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < ringcached::protocol::kBinaryHeaderBytes) return 0;
  ringcached::protocol::CheckPacket({reinterpret_cast<const char*>(data), size});
  return 0;
}
