// memcached's rules and words, but for two: what is sent with a token that is too long is not taken
// for commands, and a client that has failed too often is disconnected.

#include "protocol/text_authentication.h"

#include <algorithm>
#include <optional>

#include "protocol/limits.h"
#include "protocol/numbers.h"
#include "protocol/text_parser.h"
#include "protocol/words.h"

namespace ringcached::protocol {
namespace {

// "set k" and a line end: whatever is shorter is no client's.
constexpr size_t kMinLineBytesBeforeAuthentication = 6;
constexpr std::string_view kLineEnd = "\r\n";

// The length of the token that "set <key> <flags> <exptime> <bytes>" announces; none if it is
// anything else.
std::optional<uint64_t> TokenBytes(std::string_view line) {
  constexpr size_t kLengthWord = 4;
  if (line.substr(0, 4) != "set ") return std::nullopt;
  std::string_view word;
  for (size_t i = 0; i <= kLengthWord; ++i) {
    const Word token = NextWord(line);
    word = token.text;
    if (word.empty()) return std::nullopt;
    line.remove_prefix(token.consumed);
  }
  return ParseUnsigned(word);
}

}  // namespace

size_t TextAuthentication::Step(std::string_view input, ExecuteContext& context, ReplySink& sink) {
  switch (state_) {
    case State::kLine:
      return StepLine(input, context, sink);
    case State::kToken:
      return StepToken(input, context, sink);
    case State::kSkipBytes:
      return StepSkipBytes(input);
    case State::kSucceeded:
      return 0;
    case State::kEnded:
      return input.size();
  }
  return 0;
}

size_t TextAuthentication::StepLine(std::string_view input, ExecuteContext& context,
                                    ReplySink& sink) {
  const size_t newline = input.find('\n');
  const bool too_long = newline == std::string_view::npos && input.size() > kMaxUnfinishedLineBytes;
  if (newline == std::string_view::npos && !too_long) return 0;
  if (too_long || newline < kMinLineBytesBeforeAuthentication) {
    if (too_long) context.counters->Add(Counter::kLineTooLong);
    state_ = State::kEnded;
    return input.size();
  }
  std::string_view line = input.substr(0, newline);
  if (line.back() == '\r') line.remove_suffix(1);
  const std::optional<uint64_t> token_bytes = TokenBytes(line);
  if (!token_bytes || *token_bytes > kMaxValueLengthBytes) {
    Fail("CLIENT_ERROR unauthenticated\r\n", sink);
    return newline + 1;
  }
  bytes_ = *token_bytes + kLineEnd.size();
  state_ = State::kToken;
  if (*token_bytes > kMaxAuthTokenBytes) {
    state_ = State::kSkipBytes;
    Fail("CLIENT_ERROR auth token too long\r\n", sink);
  }
  return newline + 1;
}

size_t TextAuthentication::StepToken(std::string_view input, ExecuteContext& context,
                                     ReplySink& sink) {
  if (input.size() < bytes_) return 0;
  const std::string_view token = input.substr(0, bytes_);
  state_ = State::kLine;
  if (token.substr(token.size() - kLineEnd.size()) != kLineEnd) {
    Fail("CLIENT_ERROR bad command line termination\r\n", sink);
  } else {
    CheckToken(token.substr(0, token.size() - kLineEnd.size()), context, sink);
  }
  return token.size();
}

size_t TextAuthentication::StepSkipBytes(std::string_view input) {
  const uint64_t bytes = std::min<uint64_t>(input.size(), bytes_);
  bytes_ -= bytes;
  if (bytes_ == 0) state_ = State::kLine;
  return static_cast<size_t>(bytes);
}

void TextAuthentication::CheckToken(std::string_view token, ExecuteContext& context,
                                    ReplySink& sink) {
  const size_t blank = token.find(' ');
  if (blank == std::string_view::npos) {
    return Fail("CLIENT_ERROR bad authentication token format\r\n", sink);
  }
  context.counters->Add(Counter::kAuthCmds);
  if (context.server->Authenticate(token.substr(0, blank), token.substr(blank + 1))) {
    state_ = State::kSucceeded;
    return sink.Append("STORED\r\n");
  }
  context.counters->Add(Counter::kAuthErrors);
  Fail("CLIENT_ERROR authentication failure\r\n", sink);
}

void TextAuthentication::Fail(std::string_view reply, ReplySink& sink) {
  sink.Append(reply);
  if (++failures_ >= kMaxAuthFailures) state_ = State::kEnded;
}

}  // namespace ringcached::protocol
