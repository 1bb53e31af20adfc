#include "bench/replay/object_space.h"

#include <array>
#include <utility>

#include "bench/trace/mix.h"

namespace ringcached::replay {
namespace {

constexpr size_t kPatternOffsets = size_t{1} << 16;
constexpr size_t kHexDigits = 16;
constexpr std::string_view kPadding = "-padding";
constexpr uint64_t kValueSeed = 0x7a1e5;

std::string MakePattern(size_t bytes) {
  std::string pattern(bytes, '\0');
  uint64_t state = 0;
  for (char& byte : pattern) {
    state = trace::Mix(state);
    byte = static_cast<char>(state);
  }
  return pattern;
}

}  // namespace

ObjectSpace::ObjectSpace(trace::SizeModel sizes, uint32_t max_value_bytes)
    : sizes_(std::move(sizes)), pattern_(MakePattern(kPatternOffsets + max_value_bytes)) {
  static_assert(kHexDigits + kPadding.size() == kKeyBytes);
}

void ObjectSpace::AppendKey(uint64_t object, std::string& out) const {
  std::array<char, kHexDigits> digits;
  uint64_t hash = trace::Mix(object);
  for (char& digit : digits) {
    digit = "0123456789abcdef"[hash & 0xf];
    hash >>= 4;
  }
  out.append(digits.data(), digits.size()).append(kPadding);
}

std::string_view ObjectSpace::Value(uint64_t object) const {
  const size_t offset = trace::Mix(object ^ kValueSeed) % kPatternOffsets;
  return std::string_view(pattern_).substr(offset, sizes_.ValueBytes(object));
}

}  // namespace ringcached::replay
