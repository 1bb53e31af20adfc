#include "tests/transcripts/text_template.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/transcripts/packet_template.h"

namespace ringcached::transcripts {
namespace {

using Kind = TemplatePiece::Kind;

constexpr size_t kMaxRepeats = size_t{1} << 24;

absl::string_view ToAbsl(std::string_view text) {
  return absl::string_view(text.data(), text.size());
}

absl::Status Invalid(std::string_view what, std::string_view where) {
  return absl::InvalidArgumentError(absl::StrCat(ToAbsl(what), ": ", ToAbsl(where)));
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text, int base = 10) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [parsed_to, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc() || parsed_to != end || text.empty()) return std::nullopt;
  return number;
}

std::optional<char> SimpleEscape(char letter) {
  switch (letter) {
    case 'r':
      return '\r';
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '0':
      return '\0';
    case '\\':
    case '{':
    case '}':
      return letter;
    default:
      return std::nullopt;
  }
}

// Takes one escape off the front of `source`, which begins behind its backslash.
std::optional<char> TakeEscape(std::string_view* source) {
  if (source->empty()) return std::nullopt;
  if (source->front() == 'x') {
    const auto byte = ParseNumber<uint8_t>(source->substr(1, 2), 16);
    if (!byte || source->size() < 3) return std::nullopt;
    source->remove_prefix(3);
    return static_cast<char>(*byte);
  }
  const std::optional<char> byte = SimpleEscape(source->front());
  if (byte) source->remove_prefix(1);
  return byte;
}

void AppendBytes(std::string_view bytes, TextTemplate* text) {
  if (text->empty() || text->back().kind != Kind::kBytes) text->push_back({});
  text->back().text.append(bytes);
}

absl::Status Unescape(std::string_view source, std::string* bytes) {
  const std::string_view whole = source;
  while (!source.empty()) {
    const char byte = source.front();
    source.remove_prefix(1);
    if (byte != '\\') {
      bytes->push_back(byte);
      continue;
    }
    const std::optional<char> escaped = TakeEscape(&source);
    if (!escaped) return Invalid("unknown escape in", whole);
    bytes->push_back(*escaped);
  }
  return absl::OkStatus();
}

// TEXT*COUNT
absl::Status AppendRepeated(std::string_view inside, TextTemplate* text) {
  const size_t star = inside.rfind('*');
  if (star == std::string_view::npos) return Invalid("unknown placeholder", inside);
  const auto count = ParseNumber<size_t>(inside.substr(star + 1));
  if (!count || *count > kMaxRepeats) return Invalid("bad count in", inside);
  std::string unit;
  const absl::Status unescaped = Unescape(inside.substr(0, star), &unit);
  if (!unescaped.ok()) return unescaped;
  std::string repeated;
  if (unit.size() == 1) {
    repeated.assign(*count, unit.front());
  } else {
    for (size_t i = 0; i < *count; ++i) repeated.append(unit);
  }
  AppendBytes(repeated, text);
  return absl::OkStatus();
}

absl::Status AppendUnixTime(std::string_view offset, TextTemplate* text) {
  TemplatePiece piece{Kind::kUnixTime, {}, 0};
  if (!offset.empty()) {
    const auto seconds = ParseNumber<int64_t>(offset.front() == '+' ? offset.substr(1) : offset);
    if (!seconds) return Invalid("bad offset", offset);
    piece.offset_seconds = *seconds;
  }
  text->push_back(std::move(piece));
  return absl::OkStatus();
}

// What stands between braces.
absl::Status AppendPlaceholder(std::string_view inside, TextTemplate* text) {
  if (inside == "any" || inside == "word") {
    text->push_back({inside == "any" ? Kind::kAny : Kind::kWord, {}, 0});
  } else if (inside.substr(0, 4) == "ttl:") {
    const auto seconds = ParseNumber<int64_t>(inside.substr(4));
    if (!seconds) return Invalid("bad time to live", inside);
    text->push_back({Kind::kTtl, {}, *seconds});
  } else if (inside.substr(0, 4) == "cas:") {
    text->push_back({Kind::kCas, std::string(inside.substr(4)), 0});
  } else if (inside.substr(0, 3) == "now") {
    return AppendUnixTime(inside.substr(3), text);
  } else {
    return AppendRepeated(inside, text);
  }
  return absl::OkStatus();
}

// The first of `wanted` in `source` that no backslash protects; its size if there is none.
size_t FindUnescaped(std::string_view source, char wanted) {
  size_t at = 0;
  while (at < source.size() && source[at] != wanted) at += source[at] == '\\' ? 2 : 1;
  return std::min(at, source.size());
}

bool EndsInLoneBackslash(std::string_view source) {
  const size_t last_other = source.find_last_not_of('\\');
  const size_t backslashes =
      source.size() - (last_other == std::string_view::npos ? 0 : last_other + 1);
  return backslashes % 2 == 1;
}

// Matches pieces one after the other; knows what is bound on the way.
class Matcher {
 public:
  Matcher(const TextTemplate& text, std::string_view received, const Bindings& bindings)
      : text_(text), received_(received), bindings_(bindings) {}

  MatchResult Match(size_t piece, size_t at) {
    for (; piece < text_.size(); ++piece) {
      if (IsAnyNumber(text_[piece].kind)) return MatchAnyNumber(piece, at);
      const MatchResult result = MatchPiece(text_[piece], &at);
      if (result != MatchResult::kMatch) return result;
    }
    end_ = at;
    return MatchResult::kMatch;
  }

  size_t end() const { return end_; }
  Bindings& bindings() { return bindings_; }

 private:
  MatchResult MatchPiece(const TemplatePiece& piece, size_t* at) {
    switch (piece.kind) {
      case Kind::kBytes:
        return MatchBytes(piece.text, at);
      case Kind::kUnixTime:
        return MatchBytes(std::to_string(bindings_.unix_seconds + piece.offset_seconds), at);
      case Kind::kCas:
        return MatchCas(piece.text, at);
      case Kind::kTtl:
        return MatchTtl(piece.offset_seconds, at);
      case Kind::kWord:
        return MatchUpTo(" \r\n", at);
      case Kind::kPacket:
        return MatchPacketPiece(piece, at);
      case Kind::kAny:
      case Kind::kAnyLines:
      case Kind::kAnyPackets:
        return MatchUpTo("\r", at);
    }
    return MatchResult::kMismatch;
  }

  MatchResult MatchBytes(std::string_view bytes, size_t* at) const {
    const std::string_view there = received_.substr(*at, bytes.size());
    if (there != bytes.substr(0, there.size())) return MatchResult::kMismatch;
    *at += there.size();
    return there.size() == bytes.size() ? MatchResult::kMatch : MatchResult::kNeedMore;
  }

  MatchResult MatchTtl(int64_t most_seconds, size_t* at) const {
    const size_t end = received_.find_first_not_of("0123456789", *at);
    if (end == std::string_view::npos) return MatchResult::kNeedMore;
    const auto seconds = ParseNumber<int64_t>(received_.substr(*at, end - *at));
    *at = end;
    if (!seconds || *seconds > most_seconds) return MatchResult::kMismatch;
    return *seconds + kTtlSlackSeconds < most_seconds ? MatchResult::kMismatch
                                                      : MatchResult::kMatch;
  }

  MatchResult MatchUpTo(std::string_view ends, size_t* at) const {
    const size_t end = received_.find_first_of(ends, *at);
    if (end == std::string_view::npos) return MatchResult::kNeedMore;
    if (end == *at) return MatchResult::kMismatch;
    *at = end;
    return MatchResult::kMatch;
  }

  MatchResult MatchCas(const std::string& name, size_t* at) {
    const size_t end = received_.find_first_not_of("0123456789", *at);
    if (end == std::string_view::npos) return MatchResult::kNeedMore;
    const std::string number(received_.substr(*at, end - *at));
    *at = end;
    return !number.empty() && Bind(name, number) ? MatchResult::kMatch : MatchResult::kMismatch;
  }

  MatchResult MatchPacketPiece(const TemplatePiece& piece, size_t* at) {
    Packet packet;
    const MatchResult result = MatchPacket(piece, received_.substr(*at), &packet);
    if (result != MatchResult::kMatch) return result;
    *at += packet.whole.size();
    if (piece.cas_name.empty()) return result;
    // No item has the number 0.
    return packet.cas != 0 && Bind(piece.cas_name, std::to_string(packet.cas))
               ? MatchResult::kMatch
               : MatchResult::kMismatch;
  }

  bool Bind(const std::string& name, const std::string& number) {
    for (const auto& [bound_name, bound_number] : bindings_.cas_numbers) {
      if ((bound_name == name) != (bound_number == number)) return false;
    }
    bindings_.cas_numbers[name] = number;
    return true;
  }

  static bool IsAnyNumber(Kind kind) {
    return kind == Kind::kAnyLines || kind == Kind::kAnyPackets;
  }

  // `piece` stands for any number of lines or packets.
  MatchResult MatchAnyNumber(size_t piece, size_t at) {
    const Bindings before = bindings_;
    for (;;) {
      const MatchResult result = Match(piece + 1, at);
      if (result != MatchResult::kMismatch) return result;
      bindings_ = before;
      const std::string_view rest = received_.substr(at);
      const size_t bytes =
          text_[piece].kind == Kind::kAnyLines ? LineBytes(rest) : ResponseBytes(rest);
      if (bytes == 0) return MatchResult::kNeedMore;
      at += bytes;
    }
  }

  // Of what is whole at the front of `received`; 0 if nothing is.
  static size_t LineBytes(std::string_view received) { return received.find('\n') + 1; }
  static size_t ResponseBytes(std::string_view received) {
    const auto packet = ReadResponse(received);
    return packet ? packet->whole.size() : 0;
  }

  const TextTemplate& text_;
  const std::string_view received_;
  Bindings bindings_;
  size_t end_ = 0;
};

// The cas number of that name; empty if it has none.
std::string_view CasNumber(const Bindings& bindings, const std::string& name) {
  const auto number = bindings.cas_numbers.find(name);
  return number == bindings.cas_numbers.end() ? std::string_view() : number->second;
}

// One piece's bytes; nothing if it does not stand for some that are known.
std::optional<std::string> FillPiece(const TemplatePiece& piece, const Bindings& bindings) {
  switch (piece.kind) {
    case Kind::kBytes:
      return piece.text;
    case Kind::kUnixTime:
      return std::to_string(bindings.unix_seconds + piece.offset_seconds);
    case Kind::kCas: {
      const std::string_view number = CasNumber(bindings, piece.text);
      return number.empty() ? std::nullopt : std::optional<std::string>(number);
    }
    case Kind::kPacket: {
      if (piece.any_value) return std::nullopt;
      if (piece.cas_name.empty()) return piece.text;
      const auto number = ParseNumber<uint64_t>(CasNumber(bindings, piece.cas_name));
      if (!number) return std::nullopt;
      return PacketWithCas(piece, *number);
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

absl::Status AppendTemplateLine(std::string_view source, TextTemplate* text) {
  if (source == "...") {
    text->push_back({Kind::kAnyLines, {}, 0});
    return absl::OkStatus();
  }
  const bool open_ended = EndsInLoneBackslash(source);
  if (open_ended) source.remove_suffix(1);
  while (!source.empty()) {
    const size_t brace = FindUnescaped(source, '{');
    std::string bytes;
    absl::Status status = Unescape(source.substr(0, brace), &bytes);
    if (!status.ok()) return status;
    AppendBytes(bytes, text);
    if (brace == source.size()) break;
    source.remove_prefix(brace + 1);
    const size_t end = FindUnescaped(source, '}');
    if (end == source.size()) return Invalid("no closing brace behind", source);
    status = AppendPlaceholder(source.substr(0, end), text);
    if (!status.ok()) return status;
    source.remove_prefix(end + 1);
  }
  if (!open_ended) AppendBytes("\r\n", text);
  return absl::OkStatus();
}

absl::Status FillTemplate(const TextTemplate& text, const Bindings& bindings, std::string* bytes) {
  for (const TemplatePiece& piece : text) {
    const std::optional<std::string> filled = FillPiece(piece, bindings);
    if (!filled) return Invalid("a placeholder without a value is sent", piece.text);
    bytes->append(*filled);
  }
  return absl::OkStatus();
}

MatchResult MatchTemplate(const TextTemplate& text, std::string_view received, Bindings* bindings,
                          size_t* matched_bytes) {
  Matcher matcher(text, received, *bindings);
  const MatchResult result = matcher.Match(0, 0);
  if (result == MatchResult::kMatch) {
    *bindings = std::move(matcher.bindings());
    *matched_bytes = matcher.end();
  }
  return result;
}

std::string Printable(std::string_view bytes, size_t max_bytes) {
  static constexpr char kHexDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes.substr(0, max_bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      text += "\\n";
    } else if (c == '\r') {
      text += "\\r";
    } else if (byte < 0x20 || byte >= 0x7f) {
      text += {'\\', 'x', kHexDigits[byte >> 4], kHexDigits[byte & 15]};
    } else {
      text += c;
    }
  }
  if (bytes.size() > max_bytes) {
    absl::StrAppend(&text, "... (", bytes.size(), " bytes in all)");
  }
  return text;
}

}  // namespace ringcached::transcripts
