#include "bench/density/items.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace ringcached::density {
namespace {

constexpr std::string_view kPrefix = "key:";
constexpr size_t kDigits = kKeyBytes - kPrefix.size();
constexpr uint64_t kStep = 0x9e3779b97f4a7c15;

// SplitMix64's finalizer: no two numbers give the same one.
uint64_t Mix(uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

}  // namespace

void AppendKey(uint64_t number, std::string& out) {
  uint64_t rest = Mix(number + kStep);
  std::array<char, kDigits> digits;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    *digit = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  out.append(kPrefix).append(digits.data(), digits.size());
}

void AppendValue(uint64_t number, size_t value_bytes, std::string& out) {
  const size_t start = out.size();
  out.resize(start + value_bytes);
  // The state starts at a random place, so that no value is a shifted copy of its neighbour.
  uint64_t state = Mix(number ^ kStep);
  for (size_t at = 0; at < value_bytes; at += sizeof(state)) {
    const uint64_t word = Mix(state += kStep);
    std::memcpy(out.data() + start + at, &word, std::min(sizeof(word), value_bytes - at));
  }
}

}  // namespace ringcached::density
