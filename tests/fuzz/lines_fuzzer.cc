// Any line through the parsers of the text dialect: what they say of it lies in it and is within
// the limits.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/limits.h"
#include "protocol/meta_parser.h"
#include "protocol/text_parser.h"
#include "tests/fuzz/check.h"

namespace ringcached::protocol {
namespace {

using fuzz::Check;
using fuzz::LiesIn;

void CheckRequest(const TextLine& parsed, const Request& request) {
  Check(request.key.bytes.size() <= storage::kMaxKeyBytes || parsed.action == TextAction::kRefuse ||
            parsed.action == TextAction::kSwallowValue,
        "a key that is used is not too long");
  Check(request.value_bytes <= static_cast<uint64_t>(kMaxValueLengthBytes),
        "a value's length is within the limit");
  Check(parsed.action != TextAction::kReceiveValue || IsStore(request.command),
        "only a store has a value");
}

void ParseMeta(std::string_view line) {
  Request request;
  MetaReturns returns;
  MetaKeyBuffer key_buffer;
  const TextLine parsed = ParseMetaLine(line, line.size() + 2, &request, &returns, &key_buffer);
  CheckRequest(parsed, request);
  const std::string_view buffer(key_buffer.data(), key_buffer.size());
  Check(LiesIn(line, request.key.bytes) || LiesIn(buffer, request.key.bytes),
        "a meta key lies in its line or in the buffer");
  Check(returns.letters().size() <= kMaxMetaFlags, "no more flags are returned than may be asked");
  Check(returns.opaque().size() <= kMaxMetaOpaqueBytes, "an opaque is within the limit");
}

void ParseText(std::string_view line) {
  Request request;
  const TextLine parsed = ParseTextLine(line, line.size() + 2, &request);
  CheckRequest(parsed, request);
  Check(LiesIn(line, request.key.bytes) && LiesIn(line, request.argument),
        "what is named lies in its line");
  Check(parsed.action != TextAction::kGetKeys || parsed.keys_offset < line.size(),
        "the keys of a get begin in its line");
}

}  // namespace
}  // namespace ringcached::protocol

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  if (size > ringcached::protocol::kMaxLineBytes) return 0;
  if (line.find('\n') != std::string_view::npos) return 0;
  ringcached::protocol::ParseText(line);
  if (ringcached::protocol::IsMetaLine(line)) ringcached::protocol::ParseMeta(line);
  return 0;
}
