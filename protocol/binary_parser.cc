#include "protocol/binary_parser.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "protocol/limits.h"
#include "storage/key.h"

namespace ringcached::protocol {
namespace {

// What a part of a packet may be.
enum class Part : uint8_t { kNone, kSome, kAny };

// What an opcode means, and what its packets consist of.
struct Form {
  bool known = false;
  Command command = Command::kGet;
  bool quiet = false;
  bool touches = false;  // kGet
  BinaryReturns returns;
  Part key = Part::kNone;
  bool has_value = false;
  uint8_t extras_bytes = 0;
  uint8_t other_extras_bytes = 0;  // or that many
  bool sasl = false;
};

constexpr uint8_t kStoreExtrasBytes = 8;   // flags, exptime
constexpr uint8_t kDeltaExtrasBytes = 20;  // delta, initial, exptime
constexpr uint8_t kExptimeBytes = 4;

constexpr Form GetForm(bool quiet, bool key, bool touches) {
  return {.known = true,
          .command = Command::kGet,
          .quiet = quiet,
          .touches = touches,
          .returns = {.key = key, .value = true},
          .key = Part::kSome,
          .extras_bytes = touches ? kExptimeBytes : uint8_t{0},
          .other_extras_bytes = touches ? kExptimeBytes : uint8_t{0}};
}

constexpr Form StoreForm(Command command, bool quiet) {
  const bool joins = command == Command::kAppend || command == Command::kPrepend;
  const uint8_t extras_bytes = joins ? uint8_t{0} : kStoreExtrasBytes;
  return {.known = true,
          .command = command,
          .quiet = quiet,
          .returns = {},
          .key = Part::kSome,
          .has_value = true,
          .extras_bytes = extras_bytes,
          .other_extras_bytes = extras_bytes};
}

constexpr Form DeltaForm(Command command, bool quiet) {
  return {.known = true,
          .command = command,
          .quiet = quiet,
          .returns = {},
          .key = Part::kSome,
          .extras_bytes = kDeltaExtrasBytes,
          .other_extras_bytes = kDeltaExtrasBytes};
}

constexpr Form PlainForm(Command command, Part key, bool quiet = false) {
  return {.known = true, .command = command, .quiet = quiet, .returns = {}, .key = key};
}

constexpr Form FlushForm(bool quiet) {
  Form form = PlainForm(Command::kFlushAll, Part::kNone, quiet);
  form.other_extras_bytes = kExptimeBytes;
  return form;
}

constexpr Form TouchForm() {
  Form form = GetForm(/*quiet=*/false, /*key=*/false, /*touches=*/true);
  form.returns.value = false;
  return form;
}

constexpr Form SaslForm(Part key) {
  Form form = PlainForm(Command::kNoop, key);
  form.has_value = key == Part::kSome;
  form.sasl = true;
  return form;
}

constexpr size_t kForms = size_t{static_cast<uint8_t>(Opcode::kGatKQ)} + 1;

constexpr std::array<Form, kForms> MakeForms() {
  std::array<Form, kForms> forms{};
  const auto set = [&forms](Opcode opcode, const Form& form) {
    forms[static_cast<uint8_t>(opcode)] = form;
  };
  set(Opcode::kGet, GetForm(false, false, false));
  set(Opcode::kGetQ, GetForm(true, false, false));
  set(Opcode::kGetK, GetForm(false, true, false));
  set(Opcode::kGetKQ, GetForm(true, true, false));
  set(Opcode::kGat, GetForm(false, false, true));
  set(Opcode::kGatQ, GetForm(true, false, true));
  set(Opcode::kGatK, GetForm(false, true, true));
  set(Opcode::kGatKQ, GetForm(true, true, true));
  set(Opcode::kTouch, TouchForm());
  set(Opcode::kSet, StoreForm(Command::kSet, false));
  set(Opcode::kSetQ, StoreForm(Command::kSet, true));
  set(Opcode::kAdd, StoreForm(Command::kAdd, false));
  set(Opcode::kAddQ, StoreForm(Command::kAdd, true));
  set(Opcode::kReplace, StoreForm(Command::kReplace, false));
  set(Opcode::kReplaceQ, StoreForm(Command::kReplace, true));
  set(Opcode::kAppend, StoreForm(Command::kAppend, false));
  set(Opcode::kAppendQ, StoreForm(Command::kAppend, true));
  set(Opcode::kPrepend, StoreForm(Command::kPrepend, false));
  set(Opcode::kPrependQ, StoreForm(Command::kPrepend, true));
  set(Opcode::kIncrement, DeltaForm(Command::kIncrement, false));
  set(Opcode::kIncrementQ, DeltaForm(Command::kIncrement, true));
  set(Opcode::kDecrement, DeltaForm(Command::kDecrement, false));
  set(Opcode::kDecrementQ, DeltaForm(Command::kDecrement, true));
  set(Opcode::kDelete, PlainForm(Command::kDelete, Part::kSome));
  set(Opcode::kDeleteQ, PlainForm(Command::kDelete, Part::kSome, true));
  set(Opcode::kQuit, PlainForm(Command::kQuit, Part::kNone));
  set(Opcode::kQuitQ, PlainForm(Command::kQuit, Part::kNone, true));
  set(Opcode::kFlush, FlushForm(false));
  set(Opcode::kFlushQ, FlushForm(true));
  set(Opcode::kNoop, PlainForm(Command::kNoop, Part::kNone));
  set(Opcode::kVersion, PlainForm(Command::kVersion, Part::kNone));
  set(Opcode::kStat, PlainForm(Command::kStats, Part::kAny));
  set(Opcode::kSaslList, SaslForm(Part::kNone));
  set(Opcode::kSaslAuth, SaslForm(Part::kSome));
  set(Opcode::kSaslStep, SaslForm(Part::kSome));
  return forms;
}

constexpr std::array<Form, kForms> kFormOf = MakeForms();
constexpr Form kUnknownForm{};

const Form& FormOf(Opcode opcode) {
  const size_t i = static_cast<uint8_t>(opcode);
  return i < kForms ? kFormOf[i] : kUnknownForm;
}

bool HasForm(const BinaryHeader& header, const Form& form) {
  if (header.extras_bytes != form.extras_bytes && header.extras_bytes != form.other_extras_bytes) {
    return false;
  }
  if (form.key == Part::kNone && header.key_bytes > 0) return false;
  if (form.key == Part::kSome && header.key_bytes == 0) return false;
  return form.has_value ||
         header.body_bytes == uint32_t{header.extras_bytes} + uint32_t{header.key_bytes};
}

// REQUIRES: the extras of a form that has some.
void ParseExtras(const char* extras, const BinaryHeader& header, Request* request) {
  switch (request->command) {
    case Command::kSet:
    case Command::kAdd:
    case Command::kReplace:
      request->client_flags = ReadBig32(extras);
      request->exptime = ReadBig32(extras + 4);
      return;
    case Command::kIncrement:
    case Command::kDecrement:
      request->delta = ReadBig64(extras);
      request->initial = ReadBig64(extras + 8);
      request->vivify_exptime = ReadBig32(extras + 16);
      // All ones: an absent key stays absent.
      request->vivify = request->vivify_exptime != 0xffffffff;
      return;
    default:
      request->exptime = header.extras_bytes > 0 ? int64_t{ReadBig32(extras)} : 0;
      return;
  }
}

// The header's cas: what it must be held against depends on the command.
void ParseCas(uint64_t cas, Request* request) {
  request->drop_if_refused = request->command == Command::kSet;
  if (cas == 0) return;
  request->cas = cas;
  request->has_cas = request->command == Command::kDelete;
  if (request->command == Command::kSet || request->command == Command::kAdd ||
      request->command == Command::kReplace) {
    request->command = Command::kCas;
  }
}

}  // namespace

BinaryPacket CheckBinaryHeader(const BinaryHeader& header) {
  if (header.magic != kRequestMagic) return {BinaryAction::kClose, {}, {}};
  if (uint32_t{header.key_bytes} + uint32_t{header.extras_bytes} > header.body_bytes) {
    return {BinaryAction::kFail, BinaryStatus::kUnknownCommand, {}};
  }
  if (header.body_bytes > kMaxBinaryBodyBytes || header.key_bytes > storage::kMaxKeyBytes) {
    return {BinaryAction::kFail, BinaryStatus::kInvalid, {}};
  }
  const Form& form = FormOf(header.opcode);
  if (!form.known) return {BinaryAction::kRefuse, BinaryStatus::kUnknownCommand, {}};
  if (!HasForm(header, form)) return {BinaryAction::kFail, BinaryStatus::kInvalid, {}};
  return {BinaryAction::kExecute, {}, {}};
}

bool NamesItem(const BinaryHeader& header) {
  const Form& form = FormOf(header.opcode);
  return form.key == Part::kSome && !form.sasl &&
         CheckBinaryHeader(header).action == BinaryAction::kExecute;
}

BinaryPacket ParseBinaryPacket(const BinaryHeader& header, std::string_view packet,
                               Request* request) {
  assert(packet.size() >= BytesBeforeValue(header));
  const Form& form = FormOf(header.opcode);
  Clear(request);
  request->command = form.command;
  request->quiet = form.quiet;
  const std::string_view key =
      packet.substr(kBinaryHeaderBytes + header.extras_bytes, header.key_bytes);
  if (form.command == Command::kStats) {
    request->argument = key;
  } else {
    request->key.bytes = key;
  }
  request->value_bytes = header.body_bytes - header.extras_bytes - header.key_bytes;
  if (form.sasl) return {BinaryAction::kSasl, {}, {}};
  request->has_exptime = form.touches;
  ParseExtras(packet.data() + kBinaryHeaderBytes, header, request);
  ParseCas(header.cas, request);
  return {form.has_value ? BinaryAction::kReceiveValue : BinaryAction::kExecute, {}, form.returns};
}

}  // namespace ringcached::protocol
