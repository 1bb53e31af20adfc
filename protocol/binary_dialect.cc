// Invariants:
//  - Between two steps no view into the input is kept; a store under way lives on in item_.
//  - A packet whose lengths make sense consumes what its header says, whatever happens to it. One
//    whose lengths do not is the last.

#include "protocol/binary_dialect.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "protocol/key_copy.h"
#include "protocol/key_scan.h"
#include "protocol/limits.h"

namespace ringcached::protocol {
namespace {

constexpr std::string_view kSaslMechanism = "PLAIN";

class BinaryReplies final : public ReplyVisitor {
 public:
  BinaryReplies(const BinaryReplyTo& to, ReplySink& sink) : to_(to), sink_(sink) {}
  void OnItem(const storage::ItemView& item) override { WriteBinaryItem(item, to_, sink_); }
  void OnStat(std::string_view name, std::string_view value) override {
    WriteBinaryStat(name, value, to_, sink_);
  }
  void OnPrefix(std::string_view prefix, const PrefixCount& count) override {
    // Clients of this dialect read numbers by name; memcached's one long text says no more.
    WriteBinaryStat(std::string(prefix) + ":get", std::to_string(count.gets), to_, sink_);
    WriteBinaryStat(std::string(prefix) + ":hit", std::to_string(count.hits), to_, sink_);
    WriteBinaryStat(std::string(prefix) + ":set", std::to_string(count.sets), to_, sink_);
    WriteBinaryStat(std::string(prefix) + ":del", std::to_string(count.deletes), to_, sink_);
  }

 private:
  const BinaryReplyTo& to_;
  ReplySink& sink_;
};

// [authorization identity] NUL user NUL password
bool SplitPlainMessage(std::string_view message, std::string_view* user,
                       std::string_view* password) {
  const size_t first = message.find('\0');
  if (first == std::string_view::npos) return false;
  const size_t second = message.find('\0', first + 1);
  if (second == std::string_view::npos) return false;
  *user = message.substr(first + 1, second - first - 1);
  *password = message.substr(second + 1);
  return true;
}

bool IsSasl(Opcode opcode) {
  return opcode == Opcode::kSaslList || opcode == Opcode::kSaslAuth || opcode == Opcode::kSaslStep;
}

}  // namespace

size_t BinaryDialect::Step(std::string_view input, ExecuteContext& context, ReplySink& sink) {
  if (begun_ != nullptr) context.request = *begun_;
  const size_t bytes = StepState(input, context, sink);
  if ((state_ == State::kValue) != (begun_ != nullptr)) {
    begun_ = begun_ == nullptr ? std::make_unique<Request>(context.request) : nullptr;
  }
  return bytes;
}

size_t BinaryDialect::StepState(std::string_view input, ExecuteContext& context, ReplySink& sink) {
  switch (state_) {
    case State::kPacket:
      return StepPacket(input, context, sink);
    case State::kValue:
      return StepValue(input, context, sink);
    case State::kSkipBytes:
      return StepSkipBytes(input);
    case State::kEnded:
      return input.size();
  }
  return 0;
}

size_t BinaryDialect::Prepare(std::string_view input, const ExecuteContext& context) const {
  if (state_ != State::kPacket) return 0;
  // Who must not execute them is not told by their timing either.
  if (!authenticated_ && context.server->RequiresAuthentication()) return 0;
  return ScanBinaryKeys(input, context.batch);
}

size_t BinaryDialect::StepPacket(std::string_view input, ExecuteContext& context, ReplySink& sink) {
  if (input.size() < kBinaryHeaderBytes) return 0;
  const BinaryHeader header = ReadBinaryHeader(input);
  to_ = {header.opcode, header.opaque, {}};
  const BinaryPacket checked = CheckBinaryHeader(header);
  if (checked.action == BinaryAction::kClose) {
    state_ = State::kEnded;
    return input.size();
  }
  if (checked.action == BinaryAction::kFail) {
    Fail(checked.status, sink);
  } else if (IsLocked(header.opcode, context)) {
    Fail(BinaryStatus::kAuthError, sink);
  } else if (checked.action == BinaryAction::kRefuse) {
    Refuse(checked.status, header.body_bytes, sink);
  } else {
    return Act(header, input, context, sink);
  }
  return kBinaryHeaderBytes;
}

size_t BinaryDialect::Act(const BinaryHeader& header, std::string_view input,
                          ExecuteContext& context, ReplySink& sink) {
  const size_t packet_bytes = BytesBeforeValue(header);
  if (input.size() < packet_bytes) return 0;
  const BinaryPacket packet = ParseBinaryPacket(header, input, &context.request);
  const std::string_view behind = input.substr(packet_bytes);
  to_.returns = packet.returns;
  switch (packet.action) {
    case BinaryAction::kReceiveValue:
      return packet_bytes + BeginValue(behind, context, sink);
    case BinaryAction::kSasl:
      // Its message is taken as a whole; one that is too long is not waited for.
      if (context.request.value_bytes <= kMaxSaslMessageBytes &&
          behind.size() < context.request.value_bytes) {
        return 0;
      }
      return packet_bytes + Sasl(behind, context, sink);
    default:
      if (!context.request.key.bytes.empty())
        context.request.key = context.batch->HashOf(context.request.key.bytes);
      Run(context, sink);
      return packet_bytes;
  }
}

size_t BinaryDialect::BeginValue(std::string_view behind, ExecuteContext& context,
                                 ReplySink& sink) {
  context.request.key = context.batch->HashOf(context.request.key.bytes);
  if (behind.size() >= context.request.value_bytes) {
    context.request.value = behind.substr(0, context.request.value_bytes);
    Run(context, sink);
    return context.request.value_bytes;
  }
  BegunStore begun = BeginStore(context.request, context);
  if (begun.item.empty()) {
    SkipBytes(context.request.value_bytes);
    Reply(begun.outcome, context, sink);
  } else {
    item_ = std::move(begun.item);
    filled_bytes_ = 0;
    state_ = State::kValue;
  }
  return 0;
}

size_t BinaryDialect::StepValue(std::string_view input, ExecuteContext& context, ReplySink& sink) {
  const size_t bytes = std::min(input.size(), item_.value_bytes() - filled_bytes_);
  std::memcpy(item_.value_data() + filled_bytes_, input.data(), bytes);
  filled_bytes_ += bytes;
  if (filled_bytes_ == item_.value_bytes()) {
    state_ = State::kPacket;
    const KeyCopy key(item_.key());
    context.request.key = key.key();
    Reply(FinishStore(context.request, std::move(item_), context), context, sink);
  }
  return bytes;
}

size_t BinaryDialect::StepSkipBytes(std::string_view input) {
  const uint64_t bytes = std::min<uint64_t>(input.size(), skip_bytes_);
  skip_bytes_ -= bytes;
  if (skip_bytes_ == 0) state_ = State::kPacket;
  return static_cast<size_t>(bytes);
}

size_t BinaryDialect::Sasl(std::string_view behind, ExecuteContext& context, ReplySink& sink) {
  if (!context.server->OffersSasl()) {
    Refuse(BinaryStatus::kUnknownCommand, context.request.value_bytes, sink);
    return 0;
  }
  if (to_.opcode == Opcode::kSaslList) {
    WriteBinaryStatus(BinaryStatus::kSuccess, kSaslMechanism, to_, sink);
    return 0;
  }
  if (context.request.value_bytes > kMaxSaslMessageBytes) {
    Refuse(BinaryStatus::kInvalid, context.request.value_bytes, sink);
    return 0;
  }
  const std::string_view message = behind.substr(0, context.request.value_bytes);
  const bool begins = to_.opcode == Opcode::kSaslAuth;
  const bool goes_on = begins ? context.request.key.bytes == kSaslMechanism : sasl_begun_;
  // Who tries again is nobody until that has succeeded.
  authenticated_ = false;
  sasl_begun_ = begins && goes_on && message.empty();
  if (sasl_begun_) {
    WriteBinaryStatus(BinaryStatus::kAuthContinue, to_, sink);
  } else {
    Authenticate(goes_on ? message : std::string_view(), context, sink);
  }
  return message.size();
}

void BinaryDialect::Authenticate(std::string_view message, ExecuteContext& context,
                                 ReplySink& sink) {
  std::string_view user;
  std::string_view password;
  context.counters->Add(Counter::kAuthCmds);
  authenticated_ =
      SplitPlainMessage(message, &user, &password) && context.server->Authenticate(user, password);
  if (authenticated_) {
    WriteBinaryStatus(BinaryStatus::kSuccess, "Authenticated", to_, sink);
  } else {
    context.counters->Add(Counter::kAuthErrors);
    WriteBinaryStatus(BinaryStatus::kAuthError, to_, sink);
    if (++auth_failures_ >= kMaxAuthFailures) state_ = State::kEnded;
  }
}

bool BinaryDialect::IsLocked(Opcode opcode, const ExecuteContext& context) const {
  if (authenticated_ || opcode == Opcode::kVersion) return false;
  if (IsSasl(opcode) && context.server->OffersSasl()) return false;
  return context.server->RequiresAuthentication();
}

void BinaryDialect::Refuse(BinaryStatus status, uint64_t rest_bytes, ReplySink& sink) {
  WriteBinaryStatus(status, to_, sink);
  SkipBytes(rest_bytes);
}

void BinaryDialect::Fail(BinaryStatus status, ReplySink& sink) {
  WriteBinaryStatus(status, to_, sink);
  state_ = State::kEnded;
}

void BinaryDialect::Run(ExecuteContext& context, ReplySink& sink) {
  BinaryReplies replies(to_, sink);
  const Outcome outcome = Execute(context.request, context, replies);
  Reply(outcome, context, sink);
  if (outcome.code == OutcomeCode::kClose) state_ = State::kEnded;
}

void BinaryDialect::Reply(const Outcome& outcome, const ExecuteContext& context,
                          ReplySink& sink) const {
  WriteBinaryOutcome(outcome, context.request, context.server->Version(), to_, sink);
}

void BinaryDialect::SkipBytes(uint64_t bytes) {
  skip_bytes_ = bytes;
  state_ = bytes > 0 ? State::kSkipBytes : State::kPacket;
}

}  // namespace ringcached::protocol
