#include "protocol/text_writer.h"

#include <array>

#include "protocol/reply_text.h"
#include "protocol/url_encoding.h"
#include "storage/key.h"

namespace ringcached::protocol {
namespace {

// "VALUE ", a key, three numbers with a blank each, and a line end.
constexpr size_t kMaxValueHeaderBytes = 6 + storage::kMaxKeyBytes + 3 * (kMaxNumberBytes + 1) + 2;

char* PutValueHeader(char* to, const storage::ItemView& item, bool want_cas) {
  to = Put(Put(to, "VALUE "), item.key);
  *to++ = ' ';
  to = PutNumber(to, item.client_flags);
  *to++ = ' ';
  to = PutNumber(to, item.value.size());
  if (want_cas) {
    *to++ = ' ';
    to = PutNumber(to, item.cas);
  }
  return Put(to, "\r\n");
}

bool IsCopied(const storage::ItemView& item) { return item.value.size() <= kMaxCopiedValueBytes; }

// Room for the value's line, as far as it is copied.
size_t CopiedLineBytes(const storage::ItemView& item) {
  return IsCopied(item) ? item.value.size() + 2 : 0;
}

// Commits what has been put up to `end` and the value's line, for which there is room behind it: in
// one step with what stands before, because each costs every hit.
void CommitWithValueLine(char* begin, char* end, const storage::ItemView& item, ReplySink& sink) {
  const bool copied = IsCopied(item);
  if (copied) end = Put(Put(end, item.value), "\r\n");
  sink.Commit(static_cast<size_t>(end - begin));
  if (copied) return;
  sink.AppendPinned(item.value, item.MakePin());
  sink.Append("\r\n");
}

struct CodeLine {
  OutcomeCode code;
  std::string_view line;
};

// Codes without a line of their own are not here.
constexpr CodeLine kCodeLines[] = {
    {OutcomeCode::kStored, "STORED\r\n"},
    {OutcomeCode::kNotStored, "NOT_STORED\r\n"},
    {OutcomeCode::kExists, "EXISTS\r\n"},
    {OutcomeCode::kNotFound, "NOT_FOUND\r\n"},
    {OutcomeCode::kDeleted, "DELETED\r\n"},
    {OutcomeCode::kTouched, "TOUCHED\r\n"},
    {OutcomeCode::kOk, "OK\r\n"},
    {OutcomeCode::kReset, "RESET\r\n"},
    {OutcomeCode::kStats, kTextEnd},
    {OutcomeCode::kTooLarge, "SERVER_ERROR object too large for cache\r\n"},
    {OutcomeCode::kOutOfMemoryStoring, "SERVER_ERROR out of memory storing object\r\n"},
    {OutcomeCode::kOutOfMemory, "SERVER_ERROR out of memory\r\n"},
    {OutcomeCode::kNonNumeric, "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"},
    {OutcomeCode::kBadDataChunk, "CLIENT_ERROR bad data chunk\r\n"},
    {OutcomeCode::kBadFormat, "CLIENT_ERROR bad command line format\r\n"},
    {OutcomeCode::kInvalidExptime, "CLIENT_ERROR invalid exptime argument\r\n"},
    {OutcomeCode::kInvalidDelta, "CLIENT_ERROR invalid numeric delta argument\r\n"},
    {OutcomeCode::kUnknownCommand, "ERROR\r\n"},
    {OutcomeCode::kUnknownArgument, "ERROR\r\n"},
    {OutcomeCode::kCrawlerDisabled, "CLIENT_ERROR lru crawler disabled\r\n"},
    {OutcomeCode::kDetailForbidden, "CLIENT_ERROR stats detail not allowed\r\n"},
    {OutcomeCode::kMetadumpForbidden, "ERROR metadump not allowed\r\n"},
    {OutcomeCode::kMgdumpForbidden, "ERROR key dump not allowed\r\n"},
    {OutcomeCode::kCachedumpForbidden, "CLIENT_ERROR stats cachedump not allowed\r\n"},
    {OutcomeCode::kBadCachedump, "CLIENT_ERROR bad command line\r\n"},
    {OutcomeCode::kIllegalSlab, "CLIENT_ERROR Illegal slab id\r\n"},
    {OutcomeCode::kBadClass, "BADCLASS invalid class id\r\n"},
    {OutcomeCode::kNoClasses, "NOTSTARTED no items to crawl\r\n"},
    {OutcomeCode::kBadDetail, "CLIENT_ERROR usage: stats detail on|off|dump\r\n"},
    {OutcomeCode::kWatchForbidden, "CLIENT_ERROR watch commands not allowed\r\n"},
    {OutcomeCode::kTooManyWatchers, "WATCHER_TOO_MANY log watcher limit reached\r\n"},
    {OutcomeCode::kFlushForbidden, "CLIENT_ERROR flush_all not allowed\r\n"},
    // The colon is memcached's.
    {OutcomeCode::kShutdownForbidden, "SERVER_ERROR: shutdown not enabled\r\n"},
    {OutcomeCode::kBadShutdownMode, "CLIENT_ERROR invalid shutdown mode\r\n"},
    {OutcomeCode::kSlabsFixed, "CLIENT_ERROR slab reassignment disabled\r\n"},
    {OutcomeCode::kBadMoveWindow, "CLIENT_ERROR automove window too low or too high\r\n"},
    {OutcomeCode::kBadCrawlerSleep, "CLIENT_ERROR sleep must be one second or less\r\n"},
    {OutcomeCode::kBadLruShares, "ERROR hot and warm pcts must not exceed 80\r\n"},
    {OutcomeCode::kBadLruAgeFactors, "ERROR hot/warm age factors must be greater than 0\r\n"},
    {OutcomeCode::kDuplicateFlag, "CLIENT_ERROR duplicate flag\r\n"},
    {OutcomeCode::kInvalidFlag, "CLIENT_ERROR invalid flag\r\n"},
    {OutcomeCode::kTooManyFlags, "CLIENT_ERROR options flags are too long\r\n"},
    {OutcomeCode::kBadToken, "CLIENT_ERROR bad token in command line format\r\n"},
    {OutcomeCode::kBadKeyEncoding, "CLIENT_ERROR error decoding key\r\n"},
    {OutcomeCode::kOpaqueTooLong, "CLIENT_ERROR opaque token too long\r\n"},
    {OutcomeCode::kBadSetMode, "CLIENT_ERROR invalid mode for ms M token\r\n"},
    {OutcomeCode::kBadDeltaMode, "CLIENT_ERROR invalid mode for ma M token\r\n"},
    {OutcomeCode::kBadDeltaFlag, "CLIENT_ERROR invalid or duplicate flag\r\n"},
    {OutcomeCode::kInvalidInitial, "CLIENT_ERROR invalid numeric initial value\r\n"},
    {OutcomeCode::kInvalidDeltaValue, "CLIENT_ERROR invalid numeric delta value\r\n"},
    {OutcomeCode::kLimitTooSmall, "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\r\n"},
    {OutcomeCode::kLimitInBytes, "MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes\r\n"},
    {OutcomeCode::kLimitRefused, "MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust\r\n"},
};

// By code, since every reply asks.
constexpr std::array<std::string_view, kOutcomeCodeCount> MakeLines() {
  std::array<std::string_view, kOutcomeCodeCount> lines{};
  for (const CodeLine& line : kCodeLines) lines[static_cast<size_t>(line.code)] = line.line;
  return lines;
}
constexpr std::array<std::string_view, kOutcomeCodeCount> kLines = MakeLines();

std::string_view Line(OutcomeCode code) { return kLines[static_cast<size_t>(code)]; }

}  // namespace

void WriteTextValue(const storage::ItemView& item, bool want_cas, ReplySink& sink) {
  char* const begin = sink.Reserve(kMaxValueHeaderBytes + CopiedLineBytes(item));
  CommitWithValueLine(begin, PutValueHeader(begin, item, want_cas), item, sink);
}

void WriteTextValueLine(const storage::ItemView& item, ReplySink& sink) {
  char* const begin = sink.Reserve(CopiedLineBytes(item));
  CommitWithValueLine(begin, begin, item, sink);
}

void WriteTextStat(std::string_view name, std::string_view value, ReplySink& sink) {
  char* const begin = sink.Reserve(5 + name.size() + 1 + value.size() + 2);
  char* end = Put(Put(begin, "STAT "), name);
  *end++ = ' ';
  end = Put(Put(end, value), "\r\n");
  sink.Commit(static_cast<size_t>(end - begin));
}

void WriteTextPrefix(std::string_view prefix, const PrefixCount& count, ReplySink& sink) {
  char* const begin = sink.Reserve(MaxUrlBytes(prefix.size()) + 4 * kMaxNumberBytes + 40);
  // Of a key that a line can't carry the prefix must not forge one.
  char* end = Put(begin, "PREFIX ");
  end = FitsInLine(prefix) ? Put(end, prefix) : PutUrlEncoded(end, prefix);
  end = PutNumber(Put(end, " get "), count.gets);
  end = PutNumber(Put(end, " hit "), count.hits);
  end = PutNumber(Put(end, " set "), count.sets);
  end = PutNumber(Put(end, " del "), count.deletes);
  sink.Commit(static_cast<size_t>(Put(end, "\r\n") - begin));
}

void WriteTextOutcome(const Outcome& outcome, std::string_view version, ReplySink& sink) {
  if (outcome.code == OutcomeCode::kNumber) {
    char* const begin = sink.Reserve(kMaxNumberBytes + 2);
    char* const end = Put(PutNumber(begin, outcome.number), "\r\n");
    sink.Commit(static_cast<size_t>(end - begin));
  } else if (outcome.code == OutcomeCode::kVersion) {
    sink.Append("VERSION ");
    sink.Append(version);
    sink.Append("\r\n");
  } else {
    sink.Append(Line(outcome.code));
  }
}

}  // namespace ringcached::protocol
