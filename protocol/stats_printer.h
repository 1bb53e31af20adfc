// Gives figures to a visitor as text.

#ifndef RINGCACHED_PROTOCOL_STATS_PRINTER_H_
#define RINGCACHED_PROTOCOL_STATS_PRINTER_H_

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/server_control.h"

namespace ringcached::protocol {

class Printer {
 public:
  // Each name gets `prefix` in front.
  explicit Printer(StatVisitor visitor, std::string prefix = {})
      : visitor_(visitor), prefix_(std::move(prefix)) {}

  void Text(std::string_view name, std::string_view value) {
    if (prefix_.empty()) return visitor_(name, value);
    visitor_(prefix_ + std::string(name), value);
  }
  void Number(std::string_view name, uint64_t value) {
    std::array<char, 20> text;
    const char* const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    Text(name, {text.data(), static_cast<size_t>(end - text.data())});
  }
  void Bool(std::string_view name, bool value) { Text(name, value ? "1" : "0"); }
  // Seconds with six decimals, as rusage figures are printed.
  void Microseconds(std::string_view name, int64_t value_us) {
    std::array<char, 48> text;
    const int length = std::snprintf(text.data(), text.size(), "%lld.%06lld",
                                     static_cast<long long>(value_us / 1'000'000),
                                     static_cast<long long>(value_us % 1'000'000));
    Text(name, {text.data(), static_cast<size_t>(length)});
  }
  // As microseconds with one decimal.
  void Nanoseconds(std::string_view name, uint64_t value_ns) {
    std::array<char, 48> text;
    const uint64_t tenths = value_ns / 100;
    const int length = std::snprintf(text.data(), text.size(), "%llu.%llu",
                                     static_cast<unsigned long long>(tenths / 10),
                                     static_cast<unsigned long long>(tenths % 10));
    Text(name, {text.data(), static_cast<size_t>(length)});
  }

 private:
  StatVisitor visitor_;
  const std::string prefix_;
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_STATS_PRINTER_H_
