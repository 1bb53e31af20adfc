#include "protocol/base64.h"

#include <array>
#include <cstdint>

namespace ringcached::protocol {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kOutside = 64;

constexpr std::array<uint8_t, 256> MakeDigits() {
  std::array<uint8_t, 256> digits{};
  digits.fill(kOutside);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  digits[static_cast<uint8_t>('=')] = 0;
  return digits;
}

constexpr std::array<uint8_t, 256> kDigits = MakeDigits();

uint8_t DigitOf(char c) { return kDigits[static_cast<uint8_t>(c)]; }

char CharacterOf(uint32_t bits, unsigned shift) { return kAlphabet[(bits >> shift) & 63]; }

}  // namespace

char* EncodeBase64(std::string_view bytes, char* to) {
  for (; !bytes.empty(); bytes.remove_prefix(bytes.size() < 3 ? bytes.size() : 3)) {
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (i < bytes.size() ? static_cast<uint8_t>(bytes[i]) : 0);
    }
    *to++ = CharacterOf(bits, 18);
    *to++ = CharacterOf(bits, 12);
    *to++ = bytes.size() > 1 ? CharacterOf(bits, 6) : '=';
    *to++ = bytes.size() > 2 ? CharacterOf(bits, 0) : '=';
  }
  return to;
}

size_t DecodeBase64(std::string_view text, char* to) {
  size_t digits = 0;
  for (const char c : text) digits += DigitOf(c) != kOutside ? 1 : 0;
  if (digits % 4 != 0) return 0;
  char* const begin = to;
  uint32_t bits = 0;
  int padding = 0;
  size_t taken = 0;
  for (const char c : text) {
    if (DigitOf(c) == kOutside) continue;
    padding += c == '=' ? 1 : 0;
    bits = bits << 6 | DigitOf(c);
    if (++taken % 4 != 0) continue;
    if (padding > 2) return 0;
    for (int shift = 16; shift >= 8 * padding; shift -= 8) {
      *to++ = static_cast<char>(bits >> shift);
    }
    if (padding > 0) break;
    bits = 0;
  }
  return static_cast<size_t>(to - begin);
}

}  // namespace ringcached::protocol
