// Invariants:
//  - A line whose words cannot all be flags is badly formed as a whole, whatever else is wrong with
//    it. Behind that come the key's length, the number of words, and then each flag in turn: an
//    unknown or repeated one ends the parsing, one with a bad argument does not, and the last such
//    is what is said.
//  - Any known flag may stand with any command and means nothing where the command has no use for
//    it.

#include "protocol/meta_parser.h"

#include <cassert>
#include <limits>
#include <optional>

#include "protocol/base64.h"
#include "protocol/numbers.h"
#include "protocol/words.h"

namespace ringcached::protocol {
namespace {

constexpr size_t kMaxMetaWords = kMaxMetaFlags + 2;

using MetaWords = FirstWords<kMaxMetaWords>;

bool CanBeFlag(char c) { return (c >= 'A' && c <= 'z') || (c >= '0' && c <= '9'); }

// What the flags say that is not in the request at once.
struct MetaFlags {
  Request* request = nullptr;
  MetaReturns* returns = nullptr;
  bool has_mode = false;
  char mode = 0;
  bool opaque_too_long = false;
  bool fails = false;
  OutcomeCode refusal = OutcomeCode::kBadFormat;  // if it fails

  void Fail(OutcomeCode code) {
    fails = true;
    refusal = code;
  }
};

void ParseCount(std::string_view argument, OutcomeCode refusal, uint64_t* number,
                MetaFlags* flags) {
  const std::optional<uint64_t> parsed = ParseUnsigned(argument);
  if (!parsed) return flags->Fail(refusal);
  *number = *parsed;
}

void ParseTime(std::string_view argument, int64_t* exptime, MetaFlags* flags) {
  const std::optional<int64_t> parsed = ParseSigned(argument);
  if (!parsed) return flags->Fail(OutcomeCode::kBadToken);
  *exptime = *parsed;
}

void ParseClientFlags(std::string_view argument, MetaFlags* flags) {
  const std::optional<uint64_t> parsed = ParseUnsigned(argument);
  if (!parsed || *parsed > std::numeric_limits<uint32_t>::max()) {
    // memcached leaves the refusal as it was.
    flags->fails = true;
    return;
  }
  flags->request->client_flags = static_cast<uint32_t>(*parsed);
}

// The flags with an argument; false if it is none of them.
bool ParseArgumentFlag(std::string_view word, MetaFlags* flags) {
  Request& request = *flags->request;
  const std::string_view argument = word.substr(1);
  switch (word[0]) {
    case 'T':
      request.has_exptime = true;
      request.exptime_behind_vivify = request.vivify;
      ParseTime(argument, &request.exptime, flags);
      return true;
    case 'N':
      request.vivify = true;
      ParseTime(argument, &request.vivify_exptime, flags);
      return true;
    case 'R':
      request.refresh_behind_exptime = request.has_exptime;
      ParseTime(argument, &request.refresh_exptime, flags);
      return true;
    case 'F':
      ParseClientFlags(argument, flags);
      return true;
    case 'C':
      request.has_cas = true;
      ParseCount(argument, OutcomeCode::kBadToken, &request.cas, flags);
      return true;
    case 'E':
      request.has_new_cas = true;
      ParseCount(argument, OutcomeCode::kBadToken, &request.new_cas, flags);
      return true;
    case 'J':
      ParseCount(argument, OutcomeCode::kInvalidInitial, &request.initial, flags);
      return true;
    case 'D':
      ParseCount(argument, OutcomeCode::kInvalidDeltaValue, &request.delta, flags);
      return true;
    case 'M':
      flags->has_mode = true;
      flags->mode = argument.empty() ? ' ' : argument[0];
      return true;
    case 'O':
      flags->opaque_too_long = word.size() > kMaxMetaOpaqueBytes;
      if (!flags->opaque_too_long) flags->returns->SetOpaque(word);
      return true;
    default:
      return false;
  }
}

// The flags without; false if it is none of them.
bool ParsePlainFlag(char letter, Request* request) {
  switch (letter) {
    case 'q':
      request->quiet = true;
      return true;
    case 'u':
      request->leaves_no_trace = true;
      return true;
    case 'I':
      request->mark_stale = true;
      return true;
    case 'x':
      request->keep_empty = true;
      return true;
    // The key's encoding, and what the reply returns. P and L mean something to proxies.
    case 'b':
    case 'c':
    case 'f':
    case 'h':
    case 'k':
    case 'l':
    case 's':
    case 't':
    case 'v':
    case 'P':
    case 'L':
      return true;
    default:
      return false;
  }
}

void DecodeKey(MetaKeyBuffer* key_buffer, MetaFlags* flags) {
  std::string_view& key = flags->request->key.bytes;
  const size_t bytes = DecodeBase64(key, key_buffer->data());
  if (bytes == 0) return flags->Fail(OutcomeCode::kBadKeyEncoding);
  flags->returns->SetBase64();
  key = {key_buffer->data(), bytes};
}

// All flags from word `from` on; false if the line is refused.
bool ParseFlags(const MetaWords& words, size_t from, MetaKeyBuffer* key_buffer, MetaFlags* flags) {
  if (words[1].size() > storage::kMaxKeyBytes) return false;
  if (words.too_many()) {
    flags->refusal = OutcomeCode::kTooManyFlags;
    return false;
  }
  flags->request->key.bytes = words[1];
  for (size_t i = from; i < words.count(); ++i) {
    const char letter = words[i][0];
    if (letter < 'A') {
      flags->refusal = OutcomeCode::kInvalidFlag;
      return false;
    }
    if (flags->returns->Has(letter)) {
      flags->refusal = OutcomeCode::kDuplicateFlag;
      return false;
    }
    flags->returns->Add(letter);
    if (!ParseArgumentFlag(words[i], flags) && !ParsePlainFlag(letter, flags->request)) {
      flags->refusal = OutcomeCode::kInvalidFlag;
      return false;
    }
    if (letter == 'b') DecodeKey(key_buffer, flags);
  }
  return !flags->fails;
}

bool HasWellFormedFlags(const MetaWords& words, size_t from) {
  for (size_t i = from; i < words.kept(); ++i) {
    if (!CanBeFlag(words[i][0])) return false;
  }
  return true;
}

bool SetModeOfStore(const MetaFlags& flags, Request* request) {
  switch (flags.has_mode ? flags.mode : 'S') {
    case 'S':
      request->command = request->has_cas ? Command::kCas : Command::kSet;
      return true;
    case 'R':
      request->command = request->has_cas ? Command::kCas : Command::kReplace;
      return true;
    case 'E':
      request->command = Command::kAdd;
      return true;
    case 'A':
      request->command = Command::kAppend;
      break;
    case 'P':
      request->command = Command::kPrepend;
      break;
    default:
      return false;
  }
  // The two that join. An item that they make has the end that N says.
  if (request->vivify) request->exptime = request->vivify_exptime;
  return true;
}

bool SetModeOfDelta(const MetaFlags& flags, Request* request) {
  switch (flags.has_mode ? flags.mode : 'I') {
    case 'I':
    case '+':
      request->command = Command::kIncrement;
      return true;
    case 'D':
    case '-':
      request->command = Command::kDecrement;
      return true;
    default:
      return false;
  }
}

TextLine Refusal(OutcomeCode refusal) { return {TextAction::kRefuse, refusal}; }

// ms <key> <bytes> <flags>*
TextLine ParseStore(const MetaWords& words, MetaKeyBuffer* key_buffer, MetaFlags* flags) {
  Request& request = *flags->request;
  const std::optional<int64_t> bytes = words.count() < 3 ? std::nullopt : ParseSigned(words[2]);
  if (!bytes || *bytes < 0 || *bytes > kMaxValueLengthBytes || !HasWellFormedFlags(words, 3)) {
    return Refusal(OutcomeCode::kBadFormat);
  }
  request.value_bytes = static_cast<uint64_t>(*bytes);
  request.drop_if_refused = true;
  if (!ParseFlags(words, 3, key_buffer, flags)) {
    return {TextAction::kSwallowValue, flags->refusal};
  }
  if (!SetModeOfStore(*flags, &request))
    return {TextAction::kSwallowValue, OutcomeCode::kBadSetMode};
  if (flags->opaque_too_long) return {TextAction::kSwallowValue, OutcomeCode::kOpaqueTooLong};
  return {TextAction::kReceiveValue};
}

// mg|md|ma|me <key> <flags>*
TextLine ParseKeyed(char letter, const MetaWords& words, MetaKeyBuffer* key_buffer,
                    MetaFlags* flags) {
  Request& request = *flags->request;
  if (words.count() < 2 || !HasWellFormedFlags(words, 2)) return Refusal(OutcomeCode::kBadFormat);
  const bool delta = letter == 'a';
  request.delta = 1;
  if (!ParseFlags(words, 2, key_buffer, flags)) {
    return Refusal(delta ? OutcomeCode::kBadDeltaFlag : flags->refusal);
  }
  if (delta && !SetModeOfDelta(*flags, &request)) return Refusal(OutcomeCode::kBadDeltaMode);
  if (flags->opaque_too_long) return Refusal(OutcomeCode::kOpaqueTooLong);
  if (letter == 'd') request.command = Command::kDelete;
  request.elects = letter == 'g';
  return {TextAction::kExecute};
}

// me <key> [b]: what else stands there means nothing.
TextLine ParseInspect(const MetaWords& words, MetaKeyBuffer* key_buffer, MetaFlags* flags) {
  if (words.count() < 2 || !HasWellFormedFlags(words, 2) ||
      words[1].size() > storage::kMaxKeyBytes) {
    return Refusal(OutcomeCode::kBadFormat);
  }
  flags->request->command = Command::kInspect;
  flags->request->key.bytes = words[1];
  if (words.count() > 2 && words[2] == "b") DecodeKey(key_buffer, flags);
  return flags->fails ? Refusal(OutcomeCode::kBadFormat) : TextLine{TextAction::kExecute};
}

}  // namespace

TextLine ParseMetaLine(std::string_view line, size_t line_bytes, Request* request,
                       MetaReturns* returns, MetaKeyBuffer* key_buffer) {
  assert(IsMetaLine(line));
  Clear(request);
  returns->Clear();
  if (line_bytes < kMinLineBytes) return Refusal(OutcomeCode::kBadFormat);
  if (line[1] == 'n') {
    request->command = Command::kNoop;
    return {TextAction::kExecute};
  }
  const MetaWords words(line);
  MetaFlags flags{.request = request, .returns = returns};
  switch (line[1]) {
    case 's':
      return ParseStore(words, key_buffer, &flags);
    case 'e':
      return ParseInspect(words, key_buffer, &flags);
    default:
      return ParseKeyed(line[1], words, key_buffer, &flags);
  }
}

}  // namespace ringcached::protocol
