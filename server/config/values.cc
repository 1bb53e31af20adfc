#include "server/config/values.h"

#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <system_error>

namespace ringcached::server {
namespace {

constexpr std::string_view kBlanks = " \t";

struct Unit {
  char letter;
  unsigned shift;
};
constexpr std::array kUnits{Unit{'g', 30}, Unit{'m', 20}, Unit{'k', 10}};

unsigned ShiftOf(char letter) {
  for (const Unit& unit : kUnits) {
    if (letter == unit.letter || letter == unit.letter - 'a' + 'A') return unit.shift;
  }
  return 0;
}

}  // namespace

std::string_view TrimBlanks(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::vector<std::string> SplitAtCommas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view part = TrimBlanks(text.substr(0, comma));
    if (!part.empty()) parts.emplace_back(part);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return parts;
}

std::string JoinWithCommas(const std::vector<std::string>& parts) {
  std::string joined;
  for (const std::string& part : parts) {
    if (!joined.empty()) joined += ',';
    joined += part;
  }
  return joined;
}

std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const std::from_chars_result result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

std::optional<uint64_t> ParseBytes(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const unsigned shift = ShiftOf(text.back());
  if (shift != 0) text.remove_suffix(1);
  const std::optional<uint64_t> number = ParseNumber(text);
  if (!number || *number > std::numeric_limits<uint64_t>::max() >> shift) return std::nullopt;
  return *number << shift;
}

std::string FormatBytes(uint64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes != 0 && bytes % (uint64_t{1} << unit.shift) == 0) {
      return std::to_string(bytes >> unit.shift) + unit.letter;
    }
  }
  return std::to_string(bytes);
}

std::string BytesForPeople(uint64_t bytes) {
  std::string text = FormatBytes(bytes);
  const char unit = text.back();
  if (std::isdigit(static_cast<unsigned char>(unit)) != 0) return text + " bytes";
  text.pop_back();
  return text + ' ' + static_cast<char>(std::toupper(static_cast<unsigned char>(unit))) + "iB";
}

std::optional<bool> ParseSwitch(std::string_view text) {
  if (text == "true" || text == "yes" || text == "on" || text == "1") return true;
  if (text == "false" || text == "no" || text == "off" || text == "0") return false;
  return std::nullopt;
}

}  // namespace ringcached::server
