#include "tests/transcripts/packet_template.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ringcached::transcripts {
namespace {

using Kind = TemplatePiece::Kind;

// Where each field of a header begins, and how long it is.
struct Place {
  size_t offset;
  size_t bytes;
};
constexpr Place kOpcode{1, 1};
constexpr Place kKeyBytes{2, 2};
constexpr Place kExtrasBytes{4, 1};
constexpr Place kStatus{6, 2};
constexpr Place kBodyBytes{8, 4};
constexpr Place kOpaque{12, 4};
constexpr Place kCas{16, 8};

struct OpcodeName {
  std::string_view name;
  uint8_t opcode;
};
constexpr OpcodeName kOpcodeNames[] = {
    {"get", 0x00},       {"set", 0x01},     {"add", 0x02},       {"replace", 0x03},
    {"delete", 0x04},    {"incr", 0x05},    {"decr", 0x06},      {"quit", 0x07},
    {"flush", 0x08},     {"getq", 0x09},    {"noop", 0x0a},      {"version", 0x0b},
    {"getk", 0x0c},      {"getkq", 0x0d},   {"append", 0x0e},    {"prepend", 0x0f},
    {"stat", 0x10},      {"setq", 0x11},    {"addq", 0x12},      {"replaceq", 0x13},
    {"deleteq", 0x14},   {"incrq", 0x15},   {"decrq", 0x16},     {"quitq", 0x17},
    {"flushq", 0x18},    {"appendq", 0x19}, {"prependq", 0x1a},  {"touch", 0x1c},
    {"gat", 0x1d},       {"gatq", 0x1e},    {"sasl-list", 0x20}, {"sasl-auth", 0x21},
    {"sasl-step", 0x22}, {"gatk", 0x23},    {"gatkq", 0x24},
};

// Fields that are numbers in the extras, in the order in which they are written.
struct NumberName {
  std::string_view name;
  size_t bytes;
};
constexpr NumberName kExtrasNumbers[] = {
    {"flags", 4}, {"exptime", 4}, {"delta", 8}, {"initial", 8}};

// Fields that take the place of what the header would say.
struct HeaderName {
  std::string_view name;
  Place place;
};
constexpr HeaderName kHeaderNumbers[] = {{"magic", {0, 1}},
                                         {"status", kStatus},
                                         {"opaque", kOpaque},
                                         {"key-bytes", kKeyBytes},
                                         {"extras-bytes", kExtrasBytes},
                                         {"body-bytes", kBodyBytes}};

absl::string_view ToAbsl(std::string_view text) {
  return absl::string_view(text.data(), text.size());
}

absl::Status Invalid(std::string_view what, std::string_view where) {
  return absl::InvalidArgumentError(absl::StrCat(ToAbsl(what), ": ", ToAbsl(where)));
}

// Decimal, or hexadecimal behind 0x.
std::optional<uint64_t> ParseNumber(std::string_view text) {
  const bool hexadecimal = text.substr(0, 2) == "0x";
  if (hexadecimal) text.remove_prefix(2);
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number, hexadecimal ? 16 : 10);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

std::string Big(uint64_t number, size_t bytes) {
  std::string text(bytes, '\0');
  for (size_t i = bytes; i-- > 0; number >>= 8) text[i] = static_cast<char>(number);
  return text;
}

uint64_t ReadBig(std::string_view header, Place place) {
  uint64_t number = 0;
  for (const char byte : header.substr(place.offset, place.bytes)) {
    number = number << 8 | static_cast<uint8_t>(byte);
  }
  return number;
}

void PutBig(uint64_t number, Place place, std::string* header) {
  header->replace(place.offset, place.bytes, Big(number, place.bytes));
}

// One NAME=VALUE of a line.
struct Field {
  std::string_view name;
  std::string_view value;
};

// Puts a packet together, field by field.
class PacketBuilder {
 public:
  explicit PacketBuilder(char magic) { header_[0] = magic; }

  absl::Status SetOpcode(std::string_view word) {
    for (const OpcodeName& known : kOpcodeNames) {
      if (known.name == word) return SetHeader(kOpcode, known.opcode);
    }
    const auto number = word.substr(0, 2) == "0x" ? ParseNumber(word) : std::nullopt;
    return number ? SetHeader(kOpcode, *number) : Invalid("unknown opcode", word);
  }

  absl::Status Add(const Field& field) {
    if (field.name == "key") return AppendText(field.value, &key_);
    if (field.name == "value") return AppendValue(field.value);
    if (field.name == "cas" && field.value.substr(0, 5) == "{cas:") return NameCas(field.value);
    if (field.name == "extras") return AppendHex(field.value);
    const auto number = ParseNumber(field.value);
    if (!number) return Invalid("no number", field.value);
    if (field.name == "cas") return SetHeader(kCas, *number);
    if (field.name == "number") {
      value_ += Big(*number, sizeof(uint64_t));
      return absl::OkStatus();
    }
    return AddNumber(field.name, *number);
  }

  TemplatePiece Take() {
    if (!has_(kKeyBytes)) PutBig(key_.size(), kKeyBytes, &header_);
    if (!has_(kExtrasBytes)) PutBig(extras_.size(), kExtrasBytes, &header_);
    const size_t body_bytes = extras_.size() + key_.size() + value_.size();
    if (!has_(kBodyBytes)) PutBig(body_bytes, kBodyBytes, &header_);
    piece_.text = header_ + extras_ + key_ + value_;
    return piece_;
  }

 private:
  // Whether the line said what stands there.
  bool has_(Place place) const { return (said_ >> place.offset & 1) != 0; }

  absl::Status SetHeader(Place place, uint64_t number) {
    if (place.bytes < sizeof(number) && number >> (8 * place.bytes) != 0) {
      return absl::InvalidArgumentError(absl::StrCat("too large a number: ", number));
    }
    PutBig(number, place, &header_);
    said_ |= uint32_t{1} << place.offset;
    return absl::OkStatus();
  }

  absl::Status AddNumber(std::string_view name, uint64_t number) {
    for (const HeaderName& known : kHeaderNumbers) {
      if (known.name == name) return SetHeader(known.place, number);
    }
    for (const NumberName& known : kExtrasNumbers) {
      if (known.name != name) continue;
      extras_ += Big(number, known.bytes);
      return absl::OkStatus();
    }
    return Invalid("unknown field", name);
  }

  absl::Status AppendValue(std::string_view source) {
    if (source != "{any}") return AppendText(source, &value_);
    piece_.any_value = true;
    return absl::OkStatus();
  }

  // As in a line of text, without its line end.
  static absl::Status AppendText(std::string_view source, std::string* bytes) {
    TextTemplate text;
    const absl::Status status = AppendTemplateLine(absl::StrCat(ToAbsl(source), "\\"), &text);
    if (!status.ok()) return status;
    return FillTemplate(text, {}, bytes);
  }

  // {cas:NAME}
  absl::Status NameCas(std::string_view source) {
    source.remove_prefix(5);
    if (source.size() < 2 || source.back() != '}') return Invalid("no name of a cas", source);
    piece_.cas_name = std::string(source.substr(0, source.size() - 1));
    return absl::OkStatus();
  }

  // Commas are for the reader.
  absl::Status AppendHex(std::string_view source) {
    std::string digits(source);
    digits.erase(std::remove(digits.begin(), digits.end(), ','), digits.end());
    for (size_t i = 0; i < digits.size(); i += 2) {
      const auto byte = ParseNumber("0x" + digits.substr(i, 2));
      if (!byte || i + 2 > digits.size()) return Invalid("no bytes in hexadecimal", source);
      extras_ += Big(*byte, 1);
    }
    return absl::OkStatus();
  }

  TemplatePiece piece_{Kind::kPacket, {}, 0, {}, false};
  std::string header_ = std::string(kPacketHeaderBytes, '\0');
  std::string extras_;
  std::string key_;
  std::string value_;
  uint32_t said_ = 0;  // a bit for each place in the header, by its offset
};

// Takes what stands up to the next blank off the front, or up to the second of two quotation marks.
std::string_view TakeWord(std::string_view* source) {
  const size_t quote = source->find('"');
  size_t end = std::min(source->find(' '), source->size());
  if (quote < end) end = std::min(source->find('"', quote + 1), source->size() - 1) + 1;
  const std::string_view word = source->substr(0, end);
  source->remove_prefix(std::min(source->find_first_not_of(' ', end), source->size()));
  return word;
}

absl::Status ParseField(std::string_view word, Field* field) {
  const size_t equals = word.find('=');
  if (equals == std::string_view::npos) return Invalid("no field", word);
  *field = {word.substr(0, equals), word.substr(equals + 1)};
  const bool quoted = !field->value.empty() && field->value.front() == '"';
  if (!quoted) return absl::OkStatus();
  if (field->value.size() < 2 || field->value.back() != '"') return Invalid("no second \"", word);
  field->value = field->value.substr(1, field->value.size() - 2);
  return absl::OkStatus();
}

// Everything but the lengths of a value that may be any, and a cas number that has a name.
bool SameHeader(const TemplatePiece& piece, std::string_view header) {
  std::string expected = piece.text.substr(0, kPacketHeaderBytes);
  if (piece.any_value) PutBig(ReadBig(header, kBodyBytes), kBodyBytes, &expected);
  if (!piece.cas_name.empty()) PutBig(ReadBig(header, kCas), kCas, &expected);
  return header == expected;
}

std::string_view NameOf(uint8_t opcode) {
  for (const OpcodeName& known : kOpcodeNames) {
    if (known.opcode == opcode) return known.name;
  }
  return "?";
}

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) absl::StrAppend(&text, absl::Hex(byte & 0xff, absl::kZeroPad2));
  return text;
}

std::string PrintablePacket(const Packet& packet) {
  std::string text = absl::StrCat("[", ToAbsl(NameOf(packet.opcode)));
  if (packet.status != 0) absl::StrAppend(&text, " status=0x", absl::Hex(packet.status));
  if (!packet.extras.empty()) absl::StrAppend(&text, " extras=", Hex(packet.extras));
  if (!packet.key.empty()) absl::StrAppend(&text, " key=\"", Printable(packet.key), "\"");
  if (!packet.value.empty()) absl::StrAppend(&text, " value=\"", Printable(packet.value), "\"");
  if (packet.opaque != 0) absl::StrAppend(&text, " opaque=", packet.opaque);
  if (packet.cas != 0) absl::StrAppend(&text, " cas=", packet.cas);
  return text + "]";
}

}  // namespace

bool IsPacketLine(std::string_view source) {
  return source.size() >= 2 && source.front() == '[' && source.back() == ']';
}

absl::Status AppendPacketLine(std::string_view source, char magic, TextTemplate* text) {
  if (source == "[...]") {
    text->push_back({Kind::kAnyPackets, {}, 0, {}, false});
    return absl::OkStatus();
  }
  source = source.substr(1, source.size() - 2);
  PacketBuilder builder(magic);
  absl::Status status = builder.SetOpcode(TakeWord(&source));
  while (status.ok() && !source.empty()) {
    Field field;
    status = ParseField(TakeWord(&source), &field);
    if (status.ok()) status = builder.Add(field);
  }
  if (status.ok()) text->push_back(builder.Take());
  return status;
}

std::optional<Packet> ReadResponse(std::string_view received) {
  if (received.size() < kPacketHeaderBytes || received.front() != kResponseMagic) {
    return std::nullopt;
  }
  const size_t body_bytes = ReadBig(received, kBodyBytes);
  const size_t key_bytes = ReadBig(received, kKeyBytes);
  const size_t extras_bytes = ReadBig(received, kExtrasBytes);
  if (body_bytes > received.size() - kPacketHeaderBytes || extras_bytes + key_bytes > body_bytes) {
    return std::nullopt;
  }
  const std::string_view body = received.substr(kPacketHeaderBytes, body_bytes);
  return Packet{.opcode = static_cast<uint8_t>(ReadBig(received, kOpcode)),
                .status = static_cast<uint16_t>(ReadBig(received, kStatus)),
                .opaque = static_cast<uint32_t>(ReadBig(received, kOpaque)),
                .cas = ReadBig(received, kCas),
                .extras = body.substr(0, extras_bytes),
                .key = body.substr(extras_bytes, key_bytes),
                .value = body.substr(extras_bytes + key_bytes),
                .whole = received.substr(0, kPacketHeaderBytes + body_bytes)};
}

MatchResult MatchPacket(const TemplatePiece& piece, std::string_view received, Packet* packet) {
  const bool has_header = received.size() >= kPacketHeaderBytes;
  if (!received.empty() && received.front() != piece.text.front()) return MatchResult::kMismatch;
  if (!has_header) return MatchResult::kNeedMore;
  if (!SameHeader(piece, received.substr(0, kPacketHeaderBytes))) return MatchResult::kMismatch;
  const auto read = ReadResponse(received);
  if (!read) return MatchResult::kNeedMore;
  *packet = *read;
  const std::string_view expected = std::string_view(piece.text).substr(kPacketHeaderBytes);
  const std::string_view body = read->whole.substr(kPacketHeaderBytes);
  const bool same = piece.any_value ? body.size() > expected.size() && body.starts_with(expected)
                                    : body == expected;
  return same ? MatchResult::kMatch : MatchResult::kMismatch;
}

std::string PacketWithCas(const TemplatePiece& piece, uint64_t cas) {
  std::string packet = piece.text;
  PutBig(cas, kCas, &packet);
  return packet;
}

std::string PrintableReplies(std::string_view bytes) {
  std::string text;
  for (auto packet = ReadResponse(bytes); packet; packet = ReadResponse(bytes)) {
    text += PrintablePacket(*packet);
    bytes.remove_prefix(packet->whole.size());
  }
  return text + Printable(bytes);
}

}  // namespace ringcached::transcripts
