// Bytes of a conversation with placeholders for what is known only while it is played. README.md
// describes how a template is written.

#ifndef RINGCACHED_TESTS_TRANSCRIPTS_TEXT_TEMPLATE_H_
#define RINGCACHED_TESTS_TRANSCRIPTS_TEXT_TEMPLATE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace ringcached::transcripts {

struct TemplatePiece {
  enum class Kind : uint8_t {
    kBytes,       // `text`, as it stands
    kCas,         // a cas number, under the name `text`
    kUnixTime,    // the present second of Unix time and `offset_seconds`
    kTtl,         // a number of seconds, `offset_seconds` or up to kTtlSlackSeconds less
    kWord,        // up to the next blank or line end, at least one byte
    kAny,         // what is left of the line, at least one byte
    kAnyLines,    // whole lines, as few as make the rest match
    kPacket,      // a packet of the binary dialect, which is `text`
    kAnyPackets,  // whole packets, as few as make the rest match
  };
  Kind kind = Kind::kBytes;
  std::string text;
  int64_t offset_seconds = 0;
  // kPacket: the name of its cas number, if it has one; the packet's value is any, and not empty.
  std::string cas_name = {};
  bool any_value = false;
};

using TextTemplate = std::vector<TemplatePiece>;

// For how long a conversation may take while a time to live runs down.
inline constexpr int64_t kTtlSlackSeconds = 20;

// What placeholders stand for. Two names never stand for the same cas number.
struct Bindings {
  std::map<std::string, std::string, std::less<>> cas_numbers;
  int64_t unix_seconds = 0;
};

// Appends one line as it is written in a transcript, its line end included. InvalidArgument says
// what is wrong with it.
absl::Status AppendTemplateLine(std::string_view source, TextTemplate* text);

// The bytes to send. InvalidArgument if a piece has no one value: kTtl, kWord, kAny, kAnyLines,
// kAnyPackets, a packet with any value, a cas number that no reply has named.
absl::Status FillTemplate(const TextTemplate& text, const Bindings& bindings, std::string* bytes);

enum class MatchResult : uint8_t {
  kMatch,
  kNeedMore,  // so far it matches, and it does not end here
  kMismatch,
};

// Whether `received` begins with what `text` describes, and how many bytes that is. Cas numbers met
// for the first time are added to `bindings` on a match.
MatchResult MatchTemplate(const TextTemplate& text, std::string_view received, Bindings* bindings,
                          size_t* matched_bytes);

// `bytes` in the transcripts' notation, shortened to about `max_bytes`.
std::string Printable(std::string_view bytes, size_t max_bytes = 400);

}  // namespace ringcached::transcripts

#endif  // RINGCACHED_TESTS_TRANSCRIPTS_TEXT_TEMPLATE_H_
