// The meta commands' lines: mn mg ms md ma me. One line in, one Request out, and what the reply to
// it returns; no state.
//
// memcached's rules throughout, the order in which it finds errors included; the transcripts
// meta_*.txt under tests/transcripts/ state them one by one.

#ifndef RINGCACHED_PROTOCOL_META_PARSER_H_
#define RINGCACHED_PROTOCOL_META_PARSER_H_

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/limits.h"
#include "protocol/request.h"
#include "protocol/text_parser.h"

namespace ringcached::protocol {

// What the reply returns: the letters of the request's flags in their order, and the opaque. Owns
// its bytes, for the reply to an ms may be written long after its line is gone.
class MetaReturns {
 public:
  std::string_view letters() const { return {letters_.data(), letter_count_}; }
  // With its letter O in front.
  std::string_view opaque() const { return {opaque_.data(), opaque_bytes_}; }
  // The key was sent in base64, and is sent back in it.
  bool base64() const { return base64_; }
  // REQUIRES: a letter from A to z.
  bool Has(char letter) const { return (seen_ & BitOf(letter)) != 0; }

  void Clear() {
    seen_ = 0;
    letter_count_ = 0;
    opaque_bytes_ = 0;
    base64_ = false;
  }
  // REQUIRES: a letter from A to z; fewer than kMaxMetaFlags were added.
  void Add(char letter) {
    seen_ |= BitOf(letter);
    letters_[letter_count_++] = letter;
  }
  // REQUIRES: opaque.size() <= kMaxMetaOpaqueBytes.
  void SetOpaque(std::string_view opaque) {
    opaque_bytes_ = static_cast<uint8_t>(opaque.copy(opaque_.data(), opaque_.size()));
  }
  void SetBase64() { base64_ = true; }

 private:
  static uint64_t BitOf(char letter) {
    assert(letter >= 'A' && letter <= 'z');
    return uint64_t{1} << (letter - 'A');
  }

  uint64_t seen_ = 0;
  std::array<char, kMaxMetaFlags> letters_;
  std::array<char, kMaxMetaOpaqueBytes> opaque_;
  uint8_t letter_count_ = 0;
  uint8_t opaque_bytes_ = 0;
  bool base64_ = false;
};

// Where a key goes that was sent in base64.
using MetaKeyBuffer = std::array<char, storage::kMaxKeyBytes>;

// True for a line that ParseMetaLine() is for.
constexpr bool IsMetaLine(std::string_view line) {
  if (line.size() < 2 || line[0] != 'm' || (line.size() > 2 && line[2] != ' ')) return false;
  return std::string_view("gsdane").find(line[1]) != std::string_view::npos;
}

// Parses one line. `line` is without its line end, `line_bytes` its length with it. *request is
// overwritten; its views point into the line or into *key_buffer.
// REQUIRES: IsMetaLine(line).
TextLine ParseMetaLine(std::string_view line, size_t line_bytes, Request* request,
                       MetaReturns* returns, MetaKeyBuffer* key_buffer);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_META_PARSER_H_
