// Numbers as clients store them: decimal text.

#ifndef RINGCACHED_STORAGE_DECIMAL_H_
#define RINGCACHED_STORAGE_DECIMAL_H_

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace ringcached::storage {

// The number in `text`: digits (leading zeros allowed), then any number of spaces, nothing else.
// Nothing if it is no such text or is above 2^64-1.
inline std::optional<uint64_t> ParseDecimal(std::string_view text) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc()) return std::nullopt;
  for (const char* byte = rest; byte != end; ++byte) {
    if (*byte != ' ') return std::nullopt;
  }
  return number;
}

// A number's digits, without leading zeros.
class DecimalText {
 public:
  explicit DecimalText(uint64_t number)
      : size_(static_cast<size_t>(
            std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr -
            digits_.data())) {}

  std::string_view view() const { return {digits_.data(), size_}; }

 private:
  std::array<char, std::numeric_limits<uint64_t>::digits10 + 1> digits_;
  size_t size_;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_DECIMAL_H_
