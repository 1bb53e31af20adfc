// Invariants:
//  - Parsing never looks beyond the line it is given, and never fails: what cannot be understood
//    becomes a refusal.
//  - request.quiet follows memcached: the last word "noreply" of any command but get, gets, gat,
//    gats, version, quit and stats, whatever the other words are. A store whose line is so broken
//    that its value cannot be told (kRefuse) is answered even with noreply.

#include "protocol/text_parser.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "protocol/dump_parser.h"
#include "protocol/limits.h"
#include "protocol/numbers.h"
#include "protocol/tuning.h"
#include "protocol/words.h"

namespace ringcached::protocol {
namespace {

using storage::kMaxKeyBytes;

// No command has a meaning for more.
class Words : public FirstWords<6> {
 public:
  using FirstWords::FirstWords;
  bool noreply() const { return last() == "noreply"; }
};

// A line under work.
struct Parsed {
  TextLine line;
  Request* request = nullptr;
};

void Refuse(OutcomeCode refusal, Parsed* parsed) {
  parsed->line.action = TextAction::kRefuse;
  parsed->line.refusal = refusal;
}

// <verb> <key>* or <verb> <exptime> <key>*
void ParseGet(std::string_view line, const Word& verb, bool touch, Parsed* parsed) {
  size_t offset = verb.consumed;
  if (touch) {
    const Word exptime = NextWord(line.substr(offset));
    offset += exptime.consumed;
    if (NextWord(line.substr(offset)).text.empty()) return Refuse(OutcomeCode::kBadFormat, parsed);
    const std::optional<int64_t> number = ParseSigned(exptime.text);
    if (!number) return Refuse(OutcomeCode::kInvalidExptime, parsed);
    parsed->request->exptime = *number;
    parsed->request->has_exptime = true;
  } else if (NextWord(line.substr(offset)).text.empty()) {
    return Refuse(OutcomeCode::kBadFormat, parsed);
  }
  parsed->line.action = TextAction::kGetKeys;
  parsed->line.keys_offset = offset;
}

// The arguments of a store whose value length is known: key, flags, exptime, cas.
bool ParseStoreArguments(const Words& words, Request* request) {
  const std::optional<uint64_t> flags = ParseUnsigned(WithoutPlus(words[2]));
  const std::optional<int64_t> exptime = ParseSigned(WithoutPlus(words[3]));
  if (words[1].size() > kMaxKeyBytes || !flags || !exptime) return false;
  if (request->command == Command::kCas) {
    const std::optional<uint64_t> cas = ParseUnsigned(words[5]);
    if (!cas) return false;
    request->cas = *cas;
  }
  request->key.bytes = words[1];
  // Flags beyond 32 bits lose their upper ones, as they do in memcached.
  request->client_flags = static_cast<uint32_t>(*flags);
  request->exptime = *exptime;
  request->drop_if_refused = request->command == Command::kSet;
  return true;
}

// <verb> <key> <flags> <exptime> <bytes> [<cas>] [noreply]
void ParseStore(std::string_view line, Parsed* parsed) {
  const Words words(line);
  const std::optional<int64_t> bytes = ParseSigned(words[4]);
  if (words.count() < 5 || !bytes || *bytes < 0 || *bytes > kMaxValueLengthBytes) {
    return Refuse(OutcomeCode::kBadFormat, parsed);
  }
  parsed->request->quiet = words.noreply();
  parsed->request->value_bytes = static_cast<uint64_t>(*bytes);
  if (ParseStoreArguments(words, parsed->request)) {
    parsed->line.action = TextAction::kReceiveValue;
  } else {
    parsed->line.action = TextAction::kSwallowValue;
    parsed->line.refusal = OutcomeCode::kBadFormat;
  }
}

// Looks at a command of the form <verb> <key> ... ; false if it was refused.
bool ParseKeyed(const Words& words, size_t min_words, Parsed* parsed) {
  if (words.count() < min_words) {
    Refuse(OutcomeCode::kBadFormat, parsed);
    return false;
  }
  parsed->request->quiet = words.noreply();
  if (words[1].size() > kMaxKeyBytes) {
    Refuse(OutcomeCode::kBadFormat, parsed);
    return false;
  }
  parsed->request->key.bytes = words[1];
  parsed->line.action = TextAction::kExecute;
  return true;
}

void ParseDelta(std::string_view line, Parsed* parsed) {
  const Words words(line);
  if (!ParseKeyed(words, 3, parsed)) return;
  const std::optional<uint64_t> delta = ParseUnsigned(words[2]);
  if (!delta) return Refuse(OutcomeCode::kInvalidDelta, parsed);
  parsed->request->delta = *delta;
}

void ParseTouch(std::string_view line, Parsed* parsed) {
  const Words words(line);
  if (!ParseKeyed(words, 3, parsed)) return;
  const std::optional<int64_t> exptime = ParseSigned(words[2]);
  if (!exptime) return Refuse(OutcomeCode::kInvalidExptime, parsed);
  parsed->request->exptime = *exptime;
}

// flush_all [<delay>] [noreply]
void ParseFlushAll(std::string_view line, Parsed* parsed) {
  const Words words(line);
  parsed->request->quiet = words.noreply();
  parsed->line.action = TextAction::kExecute;
  if (words.count() == (words.noreply() ? 2 : 1)) return;
  const std::optional<int64_t> delay = ParseSigned(words[1]);
  if (!delay) return Refuse(OutcomeCode::kInvalidExptime, parsed);
  parsed->request->exptime = *delay;
}

void ParseVerbosity(std::string_view line, Parsed* parsed) {
  const Words words(line);
  parsed->request->quiet = words.noreply();
  const std::optional<uint64_t> level = ParseUnsigned(words[1]);
  if (!level) return Refuse(OutcomeCode::kBadFormat, parsed);
  parsed->request->verbosity = static_cast<uint32_t>(std::min<uint64_t>(*level, 3));
  parsed->line.action = TextAction::kExecute;
}

// cache_memlimit <megabytes> [noreply]
void ParseMemoryLimit(std::string_view line, Parsed* parsed) {
  const Words words(line);
  parsed->request->quiet = words.noreply();
  const std::optional<uint64_t> megabytes = ParseUnsigned(words[1]);
  if (!megabytes || *megabytes > std::numeric_limits<uint32_t>::max()) {
    return Refuse(OutcomeCode::kUnknownCommand, parsed);
  }
  parsed->request->megabytes = *megabytes;
  parsed->line.action = TextAction::kExecute;
}

// The line behind its first word, without the blanks around it.
std::string_view Arguments(std::string_view line) {
  line.remove_prefix(NextWord(line).consumed);
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

// What a parser that says how it went has made of the line.
void Take(OutcomeCode code, Parsed* parsed) {
  parsed->line.action = TextAction::kExecute;
  if (code != OutcomeCode::kOk) Refuse(code, parsed);
}

void ParseStats(std::string_view line, Parsed* parsed) {
  const OutcomeCode code = ParseStatsDump(line, parsed->request);
  if (code != OutcomeCode::kUnknownCommand) return Take(code, parsed);
  parsed->request->argument = Arguments(line);
  parsed->line.action = TextAction::kExecute;
}

// shutdown [graceful]
void ParseShutdown(std::string_view line, Parsed* parsed) {
  parsed->request->quiet = Words(line).noreply();
  parsed->request->argument = Arguments(line);
  parsed->line.action = TextAction::kExecute;
}

// lru_crawler, lru, slabs
void ParseTuning(std::string_view line, Parsed* parsed) {
  parsed->request->quiet = Words(line).noreply();
  const bool crawler = NextWord(line).text == "lru_crawler";
  const OutcomeCode dump =
      crawler ? ParseCrawlerDump(line, parsed->request) : OutcomeCode::kUnknownCommand;
  Take(dump != OutcomeCode::kUnknownCommand ? dump : CheckTuning(line), parsed);
}

void ParseUnknown(std::string_view line, Parsed* parsed) {
  const Words words(line);
  if (words.count() > 1 && words.last().substr(0, 5) == "HTTP/") {
    parsed->line.action = TextAction::kClose;
    return;
  }
  parsed->request->quiet = words.noreply();
  Refuse(OutcomeCode::kUnknownCommand, parsed);
}

struct Verb {
  std::string_view name;
  Command command;
  bool want_cas = false;
  bool touches = false;  // kGet
};

// The most frequent first.
constexpr std::array kVerbs = {
    Verb{"get", Command::kGet},
    Verb{"set", Command::kSet},
    Verb{"gets", Command::kGet, true},
    Verb{"delete", Command::kDelete},
    Verb{"incr", Command::kIncrement},
    Verb{"add", Command::kAdd},
    Verb{"cas", Command::kCas},
    Verb{"gat", Command::kGet, false, true},
    Verb{"gats", Command::kGet, true, true},
    Verb{"touch", Command::kTouch},
    Verb{"decr", Command::kDecrement},
    Verb{"replace", Command::kReplace},
    Verb{"append", Command::kAppend},
    Verb{"prepend", Command::kPrepend},
    Verb{"version", Command::kVersion},
    Verb{"stats", Command::kStats},
    Verb{"flush_all", Command::kFlushAll},
    Verb{"verbosity", Command::kVerbosity},
    Verb{"cache_memlimit", Command::kMemoryLimit},
    Verb{"quit", Command::kQuit},
    Verb{"watch", Command::kWatch},
    Verb{"lru_crawler", Command::kTune},
    Verb{"lru", Command::kTune},
    Verb{"slabs", Command::kTune},
    Verb{"shutdown", Command::kShutdown},
};

const Verb* FindVerb(std::string_view name) {
  const auto* const verb =
      std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& v) { return v.name == name; });
  return verb == kVerbs.end() ? nullptr : verb;
}

void ParseArguments(std::string_view line, const Word& name, const Verb& verb, Parsed* parsed) {
  switch (verb.command) {
    case Command::kGet:
      return ParseGet(line, name, verb.touches, parsed);
    case Command::kSet:
    case Command::kAdd:
    case Command::kReplace:
    case Command::kAppend:
    case Command::kPrepend:
    case Command::kCas:
      return ParseStore(line, parsed);
    case Command::kDelete:
      ParseKeyed(Words(line), 2, parsed);
      return;
    case Command::kIncrement:
    case Command::kDecrement:
      return ParseDelta(line, parsed);
    case Command::kTouch:
      return ParseTouch(line, parsed);
    case Command::kFlushAll:
      return ParseFlushAll(line, parsed);
    case Command::kVerbosity:
      return ParseVerbosity(line, parsed);
    case Command::kMemoryLimit:
      return ParseMemoryLimit(line, parsed);
    case Command::kStats:
      return ParseStats(line, parsed);
    case Command::kWatch:
      return Take(ParseWatch(line, parsed->request), parsed);
    case Command::kTune:
      return ParseTuning(line, parsed);
    case Command::kShutdown:
      return ParseShutdown(line, parsed);
    case Command::kInspect:
    case Command::kNoop:
    case Command::kDump:
    case Command::kVersion:
    case Command::kQuit:
      parsed->line.action = TextAction::kExecute;
      return;
  }
}

}  // namespace

TextLine ParseTextLine(std::string_view line, size_t line_bytes, Request* request) {
  Clear(request);
  Parsed parsed{.line = {}, .request = request};
  if (line_bytes < kMinLineBytes) {
    Refuse(OutcomeCode::kBadFormat, &parsed);
    return parsed.line;
  }
  // A command stands at the very beginning of its line.
  const size_t name_bytes = WordEnd(line, 0);
  const Word name{line.substr(0, name_bytes), name_bytes};
  const Verb* const verb = FindVerb(name.text);
  if (verb == nullptr) {
    ParseUnknown(line, &parsed);
  } else {
    request->command = verb->command;
    request->want_cas = verb->want_cas;
    ParseArguments(line, name, *verb, &parsed);
  }
  return parsed.line;
}

bool IsUnboundedGet(std::string_view unfinished_line) {
  return unfinished_line.substr(0, 4) == "get " || unfinished_line.substr(0, 5) == "gets ";
}

}  // namespace ringcached::protocol
