#include "protocol/numbers.h"

#include <charconv>

namespace ringcached::protocol {
namespace {

template <typename Number>
std::optional<Number> ParseWhole(std::string_view text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [parsed_to, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || parsed_to != end) return std::nullopt;
  return number;
}

}  // namespace

std::optional<uint64_t> ParseUnsigned(std::string_view text) { return ParseWhole<uint64_t>(text); }

std::optional<uint32_t> ParseUnsigned32(std::string_view text) {
  return ParseWhole<uint32_t>(text);
}

std::optional<int64_t> ParseSigned(std::string_view text) { return ParseWhole<int64_t>(text); }

std::string_view WithoutPlus(std::string_view text) {
  const bool has_plus = text.size() > 1 && text[0] == '+' && text[1] >= '0' && text[1] <= '9';
  return has_plus ? text.substr(1) : text;
}

}  // namespace ringcached::protocol
