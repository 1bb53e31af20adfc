#include "bench/load/key_space.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstring>

namespace ringcached::load {
namespace {

constexpr size_t kDigits = KeySpace::kKeyBytes - KeySpace::kNameBytes - 1;
constexpr size_t kPatternOffsets = size_t{1} << 16;

// SplitMix64's finalizer: no two numbers give the same one.
uint64_t Mix(uint64_t number) {
  number += 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

std::string MakePattern(size_t bytes) {
  std::string pattern(bytes, '\0');
  uint64_t state = 0;
  for (char& byte : pattern) {
    state = Mix(state);
    byte = static_cast<char>(state);
  }
  return pattern;
}

}  // namespace

KeySpace::KeySpace(uint64_t key_count, size_t value_bytes, std::string_view name)
    : key_count_(key_count),
      value_bytes_(value_bytes),
      prefix_(std::string(name) + "-"),
      pattern_(MakePattern(kPatternOffsets + value_bytes)) {
  assert(key_count > 0 && name.size() == kNameBytes);
}

uint64_t KeySpace::Nth(uint64_t key, uint32_t index) const {
  assert(key < key_count_);
  return index == 0 ? key : Mix(key ^ (uint64_t{index} << 32)) % key_count_;
}

void KeySpace::AppendKey(uint64_t key, std::string& out) const {
  assert(key < key_count_);
  std::array<char, kDigits> number;
  const char* const end = std::to_chars(number.data(), number.data() + kDigits, key).ptr;
  const auto length = static_cast<size_t>(end - number.data());
  out.append(prefix_).append(kDigits - length, '0').append(number.data(), length);
}

void KeySpace::AppendValue(uint64_t key, std::string& out) const {
  assert(key < key_count_);
  const uint64_t mark = Mix(key);
  const size_t start = out.size();
  out.append(pattern_, mark % kPatternOffsets, value_bytes_);
  std::memcpy(out.data() + start, &mark, std::min(sizeof(mark), value_bytes_));
}

}  // namespace ringcached::load
