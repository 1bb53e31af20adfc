// Decimal numbers as the protocol writes them. Each parser reads the whole text or fails; none
// accepts leading blanks or an empty text.

#ifndef RINGCACHED_PROTOCOL_NUMBERS_H_
#define RINGCACHED_PROTOCOL_NUMBERS_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace ringcached::protocol {

// Digits only, at most 2^64-1.
std::optional<uint64_t> ParseUnsigned(std::string_view text);

// Digits only, at most 2^32-1.
std::optional<uint32_t> ParseUnsigned32(std::string_view text);

// Digits, optionally behind a minus sign, within int64_t.
std::optional<int64_t> ParseSigned(std::string_view text);

// Removes one leading plus sign, which memcached allows in the flags and exptime of classic
// storage commands and nowhere else.
std::string_view WithoutPlus(std::string_view text);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_NUMBERS_H_
