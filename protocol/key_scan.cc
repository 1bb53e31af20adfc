#include "protocol/key_scan.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "protocol/binary_header.h"
#include "protocol/binary_parser.h"
#include "protocol/limits.h"

namespace ringcached::protocol {
namespace {

constexpr size_t kLineEndBytes = 2;  // behind a value

// What stands in a command's line.
struct Form {
  std::string_view verb;
  enum class Kind : uint8_t {
    kKey,        // a key, then whatever
    kOneKey,     // a key and nothing else
    kMeta,       // a key and flags
    kTouchKey,   // an exptime, a key and nothing else
    kStore,      // key, flags, exptime, value length
    kMetaStore,  // key, value length, flags
  };
  Kind kind = Kind::kKey;
};

// The most frequent first.
constexpr std::array kForms = {
    Form{"get", Form::Kind::kOneKey},    Form{"mg", Form::Kind::kMeta},
    Form{"set", Form::Kind::kStore},     Form{"ms", Form::Kind::kMetaStore},
    Form{"gets", Form::Kind::kOneKey},   Form{"delete", Form::Kind::kKey},
    Form{"incr", Form::Kind::kKey},      Form{"touch", Form::Kind::kKey},
    Form{"gat", Form::Kind::kTouchKey},  Form{"add", Form::Kind::kStore},
    Form{"cas", Form::Kind::kStore},     Form{"md", Form::Kind::kMeta},
    Form{"ma", Form::Kind::kMeta},       Form{"decr", Form::Kind::kKey},
    Form{"gats", Form::Kind::kTouchKey}, Form{"replace", Form::Kind::kStore},
    Form{"append", Form::Kind::kStore},  Form{"prepend", Form::Kind::kStore},
    Form{"me", Form::Kind::kMeta},
};

// A line's words, one after the other.
class LineScan {
 public:
  explicit LineScan(std::string_view line) : at_(line.data()), end_(at_ + line.size()) {}

  // Empty at the line's end.
  std::string_view TakeWord() {
    SkipBlanks();
    const auto left = static_cast<size_t>(end_ - at_);
    const void* const blank = left == 0 ? nullptr : std::memchr(at_, ' ', left);
    const char* const begin = std::exchange(at_, blank == nullptr ? end_ : Text(blank));
    return {begin, static_cast<size_t>(at_ - begin)};
  }
  // The same for short words.
  void SkipWord() {
    SkipBlanks();
    while (at_ < end_ && *at_ != ' ') ++at_;
  }
  // Digits and nothing else, if the next word is that.
  std::optional<size_t> TakeLength() {
    SkipBlanks();
    const char* const begin = at_;
    int64_t length = 0;
    for (; at_ < end_ && *at_ >= '0' && *at_ <= '9'; ++at_) {
      length = length * 10 + (*at_ - '0');
      if (length > kMaxValueLengthBytes) return std::nullopt;
    }
    if (at_ == begin || (at_ < end_ && *at_ != ' ')) return std::nullopt;
    return static_cast<size_t>(length);
  }
  bool AtEnd() {
    SkipBlanks();
    return at_ == end_;
  }
  // Whether one of the words that are left begins so.
  bool HasWordWith(char first) {
    while (!AtEnd()) {
      if (*at_ == first) return true;
      SkipWord();
    }
    return false;
  }

 private:
  static const char* Text(const void* at) { return static_cast<const char*>(at); }
  void SkipBlanks() {
    while (at_ < end_ && *at_ == ' ') ++at_;
  }

  const char* at_;
  const char* end_;
};

// A command as far as its line tells; an empty key ends the scan.
struct ScannedLine {
  std::string_view key;
  size_t value_bytes = 0;  // with the line end behind it
};

// A key in base64 is not what is looked up.
bool TakeFlags(LineScan* line) { return !line->HasWordWith('b'); }

bool TakeValueLength(LineScan* line, ScannedLine* scanned) {
  const std::optional<size_t> length = line->TakeLength();
  scanned->value_bytes = length.value_or(0) + kLineEndBytes;
  return length.has_value();
}

// What stands behind the key; false if it is not understood.
bool TakeRest(Form::Kind kind, LineScan* line, ScannedLine* scanned) {
  switch (kind) {
    case Form::Kind::kKey:
      return true;
    case Form::Kind::kOneKey:
    case Form::Kind::kTouchKey:
      return line->AtEnd();
    case Form::Kind::kMeta:
      return TakeFlags(line);
    case Form::Kind::kStore:
      line->SkipWord();
      line->SkipWord();
      return TakeValueLength(line, scanned);
    case Form::Kind::kMetaStore:
      return TakeValueLength(line, scanned) && TakeFlags(line);
  }
  return false;
}

ScannedLine ScanLine(std::string_view text) {
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  const std::string_view verb = text.substr(0, text.find(' '));
  const auto* const form =
      std::find_if(kForms.begin(), kForms.end(), [verb](const Form& f) { return f.verb == verb; });
  if (form == kForms.end()) return {};
  LineScan line(text.substr(verb.size()));
  if (form->kind == Form::Kind::kTouchKey) line.SkipWord();
  ScannedLine scanned{line.TakeWord()};
  const bool fits = scanned.key.size() <= storage::kMaxKeyBytes;
  return fits && TakeRest(form->kind, &line, &scanned) ? scanned : ScannedLine();
}

}  // namespace

size_t ScanTextKeys(std::string_view input, LookupBatch* batch) {
  size_t scanned_bytes = 0;
  while (!batch->full() && scanned_bytes < input.size()) {
    const std::string_view rest = input.substr(scanned_bytes);
    const size_t newline = rest.find('\n');
    if (newline == std::string_view::npos) break;
    const ScannedLine scanned = ScanLine(rest.substr(0, newline));
    if (scanned.key.empty()) break;
    batch->Add(scanned.key);
    scanned_bytes += newline + 1 + scanned.value_bytes;
  }
  return std::min(scanned_bytes, input.size());
}

size_t ScanBinaryKeys(std::string_view input, LookupBatch* batch) {
  size_t scanned_bytes = 0;
  while (!batch->full() && scanned_bytes + kBinaryHeaderBytes <= input.size()) {
    const std::string_view rest = input.substr(scanned_bytes);
    const BinaryHeader header = ReadBinaryHeader(rest);
    if (!NamesItem(header) || rest.size() < BytesBeforeValue(header)) break;
    batch->Add(rest.substr(kBinaryHeaderBytes + header.extras_bytes, header.key_bytes));
    scanned_bytes += kBinaryHeaderBytes + size_t{header.body_bytes};
  }
  return std::min(scanned_bytes, input.size());
}

}  // namespace ringcached::protocol
