#include "protocol/binary_writer.h"

#include <cstdint>

#include "protocol/limits.h"
#include "protocol/reply_text.h"

namespace ringcached::protocol {
namespace {

constexpr size_t kFlagsBytes = 4;

BinaryHeader HeaderOf(const BinaryReplyTo& to) {
  BinaryHeader header;
  header.magic = kResponseMagic;
  header.opcode = to.opcode;
  header.opaque = to.opaque;
  return header;
}

void Write(BinaryHeader header, BinaryStatus status, std::string_view body, ReplySink& sink) {
  header.body_bytes = static_cast<uint32_t>(body.size());
  char* const begin = sink.Reserve(kBinaryHeaderBytes + body.size());
  const char* const end = Put(WriteBinaryHeader(header, status, begin), body);
  sink.Commit(static_cast<size_t>(end - begin));
}

std::string_view TextOf(BinaryStatus status) {
  switch (status) {
    case BinaryStatus::kSuccess:
    case BinaryStatus::kAuthContinue:
      return {};
    case BinaryStatus::kNotFound:
      return "Not found";
    case BinaryStatus::kExists:
      return "Data exists for key.";
    case BinaryStatus::kTooLarge:
      return "Too large.";
    case BinaryStatus::kInvalid:
      return "Invalid arguments";
    case BinaryStatus::kNotStored:
      return "Not stored.";
    case BinaryStatus::kNonNumeric:
      return "Non-numeric server-side value for incr or decr";
    case BinaryStatus::kAuthError:
      return "Auth failure.";
    case BinaryStatus::kUnknownCommand:
      return "Unknown command";
    case BinaryStatus::kOutOfMemory:
      return "Out of memory";
  }
  return {};
}

// What was not stored, in words that depend on what was to be done.
BinaryStatus NotStoredStatus(Command command) {
  switch (command) {
    case Command::kAdd:
      return BinaryStatus::kExists;
    case Command::kReplace:
      return BinaryStatus::kNotFound;
    default:
      return BinaryStatus::kNotStored;
  }
}

BinaryStatus StatusOf(OutcomeCode code, Command command) {
  switch (code) {
    case OutcomeCode::kMiss:
    case OutcomeCode::kNotFound:
    case OutcomeCode::kUnknownArgument:
    case OutcomeCode::kBadDetail:
    case OutcomeCode::kDetailForbidden:
      return BinaryStatus::kNotFound;
    case OutcomeCode::kNotStored:
      return NotStoredStatus(command);
    case OutcomeCode::kExists:
      return BinaryStatus::kExists;
    case OutcomeCode::kTooLarge:
      return BinaryStatus::kTooLarge;
    case OutcomeCode::kFlushForbidden:
      return BinaryStatus::kAuthError;
    case OutcomeCode::kNonNumeric:
      return BinaryStatus::kNonNumeric;
    case OutcomeCode::kOutOfMemoryStoring:
    case OutcomeCode::kOutOfMemory:
      return BinaryStatus::kOutOfMemory;
    default:
      return BinaryStatus::kSuccess;
  }
}

void WriteMiss(const Request& request, const BinaryReplyTo& to, ReplySink& sink) {
  if (request.quiet) return;
  if (!to.returns.key) return WriteBinaryStatus(BinaryStatus::kNotFound, to, sink);
  BinaryHeader header = HeaderOf(to);
  header.key_bytes = static_cast<uint16_t>(request.key.bytes.size());
  Write(header, BinaryStatus::kNotFound, request.key.bytes, sink);
}

void WriteSuccess(const Outcome& outcome, std::string_view version, const BinaryReplyTo& to,
                  ReplySink& sink) {
  BinaryHeader header = HeaderOf(to);
  header.cas = outcome.cas;
  if (outcome.code == OutcomeCode::kNumber) {
    char number[sizeof(uint64_t)];
    PutBig64(number, outcome.number);
    Write(header, BinaryStatus::kSuccess, {number, sizeof(number)}, sink);
  } else {
    Write(header, BinaryStatus::kSuccess,
          outcome.code == OutcomeCode::kVersion ? version : std::string_view(), sink);
  }
}

}  // namespace

void WriteBinaryStatus(BinaryStatus status, std::string_view text, const BinaryReplyTo& to,
                       ReplySink& sink) {
  Write(HeaderOf(to), status, text, sink);
}

void WriteBinaryStatus(BinaryStatus status, const BinaryReplyTo& to, ReplySink& sink) {
  WriteBinaryStatus(status, TextOf(status), to, sink);
}

void WriteBinaryItem(const storage::ItemView& item, const BinaryReplyTo& to, ReplySink& sink) {
  const std::string_view key = to.returns.key ? item.key : std::string_view();
  const std::string_view value = to.returns.value ? item.value : std::string_view();
  BinaryHeader header = HeaderOf(to);
  header.extras_bytes = kFlagsBytes;
  header.key_bytes = static_cast<uint16_t>(key.size());
  header.body_bytes = static_cast<uint32_t>(kFlagsBytes + key.size() + value.size());
  header.cas = item.cas;
  const bool copied = value.size() <= kMaxCopiedValueBytes;
  char* const begin =
      sink.Reserve(kBinaryHeaderBytes + kFlagsBytes + key.size() + (copied ? value.size() : 0));
  char* end = WriteBinaryHeader(header, BinaryStatus::kSuccess, begin);
  end = Put(PutBig32(end, item.client_flags), key);
  if (copied) end = Put(end, value);
  sink.Commit(static_cast<size_t>(end - begin));
  if (!copied) sink.AppendPinned(value, item.MakePin());
}

void WriteBinaryStat(std::string_view name, std::string_view value, const BinaryReplyTo& to,
                     ReplySink& sink) {
  BinaryHeader header = HeaderOf(to);
  header.key_bytes = static_cast<uint16_t>(name.size());
  header.body_bytes = static_cast<uint32_t>(name.size() + value.size());
  char* const begin = sink.Reserve(kBinaryHeaderBytes + name.size() + value.size());
  char* const end = WriteBinaryHeader(header, BinaryStatus::kSuccess, begin);
  sink.Commit(static_cast<size_t>(Put(Put(end, name), value) - begin));
}

void WriteBinaryOutcome(const Outcome& outcome, const Request& request, std::string_view version,
                        const BinaryReplyTo& to, ReplySink& sink) {
  if (outcome.code == OutcomeCode::kHit) return;
  if (outcome.code == OutcomeCode::kMiss) return WriteMiss(request, to, sink);
  const BinaryStatus status = StatusOf(outcome.code, request.command);
  if (status != BinaryStatus::kSuccess) return WriteBinaryStatus(status, to, sink);
  if (!request.quiet) WriteSuccess(outcome, version, to, sink);
}

}  // namespace ringcached::protocol
