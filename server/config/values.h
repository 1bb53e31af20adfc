// Settings' values as people write them. Each function takes the whole text or refuses it.

#ifndef RINGCACHED_SERVER_CONFIG_VALUES_H_
#define RINGCACHED_SERVER_CONFIG_VALUES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringcached::server {

// Without the blanks at both ends.
std::string_view TrimBlanks(std::string_view text);

// The parts between commas, trimmed; empty ones are dropped.
std::vector<std::string> SplitAtCommas(std::string_view text);
std::string JoinWithCommas(const std::vector<std::string>& parts);

// Decimal digits only.
std::optional<uint64_t> ParseNumber(std::string_view text);

// A number of bytes, or of KiB, MiB or GiB if it ends in k, m or g of either case.
std::optional<uint64_t> ParseBytes(std::string_view text);
// The shortest text that ParseBytes() understands as `bytes`.
std::string FormatBytes(uint64_t bytes);

// The same for a sentence: "64 MiB", "1000 bytes".
std::string BytesForPeople(uint64_t bytes);

// true or false, yes or no, on or off, 1 or 0.
std::optional<bool> ParseSwitch(std::string_view text);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_CONFIG_VALUES_H_
