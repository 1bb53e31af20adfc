// The text dialect's command lines. One line in, one Request out; no state, no copies.

#ifndef RINGCACHED_PROTOCOL_TEXT_PARSER_H_
#define RINGCACHED_PROTOCOL_TEXT_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/outcome.h"
#include "protocol/request.h"

namespace ringcached::protocol {

// What the session does after a line.
enum class TextAction : uint8_t {
  kExecute,       // `request` is whole
  kGetKeys,       // `request` is a get but for its key; the keys are to follow
  kReceiveValue,  // `request` is a store; its value of value_bytes and a line end follow
  kRefuse,        // reply `refusal`, unless request.quiet
  kSwallowValue,  // the same, and skip the value that follows
  kClose,         // no reply, close: an HTTP client was tricked into talking to a cache
};

struct TextLine {
  TextAction action = TextAction::kRefuse;
  OutcomeCode refusal = OutcomeCode::kUnknownCommand;
  // kGetKeys: where in the line the keys begin, as an offset.
  size_t keys_offset = 0;
};

// Parses one command line into *request, which is overwritten. `line` is without its line end ("\n"
// or "\r\n"); `line_bytes` is its length with it. Arguments are separated by one or more spaces;
// superfluous ones are ignored. memcached's rules throughout; the transcripts under
// tests/transcripts/ state them one by one.
TextLine ParseTextLine(std::string_view line, size_t line_bytes, Request* request);

// True if the unfinished line is a get or gets, the only lines without a limit to their length.
bool IsUnboundedGet(std::string_view unfinished_line);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_TEXT_PARSER_H_
