#include "protocol/text_writer.h"

#include <charconv>
#include <cstdint>
#include <cstring>

#include "storage/key.h"

namespace ringcached::protocol {
namespace {

// Digits of 2^64-1.
constexpr size_t kMaxNumberBytes = 20;
// "VALUE ", a key, three numbers with a blank each, and a line end.
constexpr size_t kMaxValueHeaderBytes = 6 + storage::kMaxKeyBytes + 3 * (kMaxNumberBytes + 1) + 2;

char* Put(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

char* PutNumber(char* to, uint64_t number) {
  return std::to_chars(to, to + kMaxNumberBytes, number).ptr;
}

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

std::string_view Line(OutcomeCode code) {
  switch (code) {
    case OutcomeCode::kStored:
      return "STORED\r\n";
    case OutcomeCode::kNotStored:
      return "NOT_STORED\r\n";
    case OutcomeCode::kExists:
      return "EXISTS\r\n";
    case OutcomeCode::kNotFound:
      return "NOT_FOUND\r\n";
    case OutcomeCode::kDeleted:
      return "DELETED\r\n";
    case OutcomeCode::kTouched:
      return "TOUCHED\r\n";
    case OutcomeCode::kOk:
      return "OK\r\n";
    case OutcomeCode::kReset:
      return "RESET\r\n";
    case OutcomeCode::kStats:
      return kTextEnd;
    case OutcomeCode::kTooLarge:
      return "SERVER_ERROR object too large for cache\r\n";
    case OutcomeCode::kOutOfMemoryStoring:
      return "SERVER_ERROR out of memory storing object\r\n";
    case OutcomeCode::kOutOfMemory:
      return "SERVER_ERROR out of memory\r\n";
    case OutcomeCode::kNonNumeric:
      return "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n";
    case OutcomeCode::kBadDataChunk:
      return "CLIENT_ERROR bad data chunk\r\n";
    case OutcomeCode::kBadFormat:
      return "CLIENT_ERROR bad command line format\r\n";
    case OutcomeCode::kInvalidExptime:
      return "CLIENT_ERROR invalid exptime argument\r\n";
    case OutcomeCode::kInvalidDelta:
      return "CLIENT_ERROR invalid numeric delta argument\r\n";
    case OutcomeCode::kUnknownCommand:
    case OutcomeCode::kUnknownArgument:
      return "ERROR\r\n";
    case OutcomeCode::kLimitTooSmall:
      return "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\r\n";
    case OutcomeCode::kLimitInBytes:
      return "MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes\r\n";
    case OutcomeCode::kLimitRefused:
      return "MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust\r\n";
    case OutcomeCode::kHit:
    case OutcomeCode::kMiss:
    case OutcomeCode::kNumber:
    case OutcomeCode::kNoop:
    case OutcomeCode::kVersion:
    case OutcomeCode::kClose:
      break;
  }
  return {};
}

}  // namespace

void WriteTextValue(const storage::ItemView& item, bool want_cas, ReplySink& sink) {
  const bool copied = item.value.size() <= kMaxCopiedValueBytes;
  char* const begin = sink.Reserve(kMaxValueHeaderBytes + (copied ? item.value.size() + 2 : 0));
  char* end = PutValueHeader(begin, item, want_cas);
  if (copied) end = Put(Put(end, item.value), "\r\n");
  sink.Commit(static_cast<size_t>(end - begin));
  if (copied) return;
  sink.AppendPinned(item.value, item.MakePin());
  sink.Append("\r\n");
}

void WriteTextStat(std::string_view name, std::string_view value, ReplySink& sink) {
  char* const begin = sink.Reserve(5 + name.size() + 1 + value.size() + 2);
  char* end = Put(Put(begin, "STAT "), name);
  *end++ = ' ';
  end = Put(Put(end, value), "\r\n");
  sink.Commit(static_cast<size_t>(end - begin));
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
