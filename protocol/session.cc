// Invariants:
//  - Input is worked off in order, each byte once; what is left over is in kept_ and nowhere else.
//  - kept() is an unfinished command line or key (at most kMaxLineBytes and one arrival), a packet
//    without its value, a token of kMaxAuthTokenBytes, or what had arrived when the sink was full.
//  - kept_begin_ is 0 whenever kept() is empty.

#include "protocol/session.h"

#include <type_traits>

#include "protocol/limits.h"

namespace ringcached::protocol {
namespace {

// Calls `visit` with the dialect, or returns `otherwise` where none has been chosen.
template <typename Dialect, typename Result, typename Visit>
Result VisitDialect(Dialect& dialect, Result otherwise, Visit visit) {
  return std::visit(
      [&](auto& chosen) -> Result {
        if constexpr (std::is_same_v<std::decay_t<decltype(chosen)>, std::monostate>) {
          return otherwise;
        } else {
          return visit(chosen);
        }
      },
      dialect);
}

}  // namespace

Session::Status Session::Receive(std::string_view input, bool more_follows, ExecuteContext& context,
                                 ReplySink& sink) {
  more_follows_ = more_follows;
  if (kept().empty()) {
    kept_.append(input.substr(Consume(input, more_follows, context, sink)));
  } else {
    kept_.append(input);
    ConsumeKept(more_follows, context, sink);
  }
  return StatusNow(sink);
}

Session::Status Session::Resume(ExecuteContext& context, ReplySink& sink) {
  // After a turn's worth the rest of the same arrival may still be on its way.
  ConsumeKept(yielded_ && more_follows_, context, sink);
  return StatusNow(sink);
}

void Session::Prepare(std::string_view input, const ExecuteContext& context) const {
  if (kept().empty()) AddKeys(input, context);
}

// How many bytes the commands have whose keys were added.
size_t Session::AddKeys(std::string_view input, const ExecuteContext& context) const {
  if (const auto* const text = std::get_if<TextDialect>(&dialect_)) {
    return text->Prepare(input, context);
  }
  const auto* const binary = std::get_if<BinaryDialect>(&dialect_);
  return binary == nullptr ? 0 : binary->Prepare(input, context);
}

size_t Session::PrepareRest(std::string_view rest, const ExecuteContext& context) const {
  context.batch->Clear();
  const size_t bytes = AddKeys(rest, context);
  context.batch->PrefetchItems();
  return bytes;
}

// What the session has put into the batch itself is not left there: some of it may be of input that
// is kept, and moves.
size_t Session::Consume(std::string_view input, bool more_follows, ExecuteContext& context,
                        ReplySink& sink) {
  size_t consumed = 0;
  size_t prepared = 0;  // so far the session has looked for keys itself
  if (dialect_.index() == 0 && !input.empty()) ChooseDialect(input[0], context);
  yielded_ = false;
  while (!ended() && !sink.full()) {
    const bool streams = streaming();
    if (!streams && consumed == input.size()) break;
    if (context.requests_left == 0) {
      yielded_ = true;
      break;
    }
    if (streams) {
      context.Spend(kStreamPieceRequests);
      // What a watcher says is not looked at.
      if (Stream(context, sink) == ReplyStream::Progress::kWaiting) {
        consumed = input.size();
        break;
      }
      continue;
    }
    // A lone command would gain nothing.
    if (consumed > 0 && consumed >= prepared && between_commands() &&
        !context.batch->LeadsBeyond(input, consumed)) {
      prepared = consumed + PrepareRest(input.substr(consumed), context);
    }
    const size_t bytes = Step(input.substr(consumed), more_follows, context, sink);
    if (bytes == 0) break;
    consumed += bytes;
    context.Spend(1);
  }
  if (prepared > 0) context.batch->Clear();
  return ended() ? input.size() : consumed;
}

void Session::ChooseDialect(char first_byte, const ExecuteContext& context) {
  const bool binary = static_cast<uint8_t>(first_byte) == kRequestMagic;
  if (spoken_ == (binary ? SpokenDialects::kText : SpokenDialects::kBinary)) {
    dialect_.emplace<Unspoken>();
  } else if (binary) {
    dialect_.emplace<BinaryDialect>();
  } else if (context.server->RequiresAuthentication()) {
    dialect_.emplace<TextAuthentication>();
  } else {
    dialect_.emplace<TextDialect>();
  }
}

size_t Session::Step(std::string_view input, bool more_follows, ExecuteContext& context,
                     ReplySink& sink) {
  if (auto* const text = std::get_if<TextDialect>(&dialect_)) {
    return text->Step(input, more_follows, context, sink);
  }
  if (auto* const binary = std::get_if<BinaryDialect>(&dialect_)) {
    return binary->Step(input, context, sink);
  }
  auto& authentication = std::get<TextAuthentication>(dialect_);
  const size_t bytes = authentication.Step(input, context, sink);
  if (authentication.succeeded()) dialect_.emplace<TextDialect>();
  return bytes;
}

void Session::ConsumeKept(bool more_follows, ExecuteContext& context, ReplySink& sink) {
  kept_begin_ += Consume(kept(), more_follows, context, sink);
  const bool all = kept_begin_ == kept_.size();
  // Moving what is left to the front waits until it is the smaller part, so that a long rest that
  // is worked off in many small steps is not moved at each.
  if (!all && kept_begin_ < kept_.size() / 2) return;
  kept_.erase(0, kept_begin_);
  kept_begin_ = 0;
  // Assigning an empty string would keep the memory.
  if (all && kept_.capacity() > kKeptInputBytes) std::string().swap(kept_);
}

bool Session::streaming() const {
  const auto* const text = std::get_if<TextDialect>(&dialect_);
  return text != nullptr && text->streaming();
}

ReplyStream::Progress Session::Stream(ExecuteContext& context, ReplySink& sink) {
  return std::get<TextDialect>(dialect_).Stream(context, sink);
}

bool Session::ended() const {
  return VisitDialect(dialect_, false, [](const auto& dialect) { return dialect.ended(); });
}

bool Session::idle() const { return between_commands() && kept().empty(); }

bool Session::between_commands() const {
  return VisitDialect(dialect_, true, [](const auto& dialect) { return dialect.idle(); });
}

Session::Status Session::StatusNow(const ReplySink& sink) const {
  if (ended()) return Status::kEnded;
  if (sink.full()) return Status::kSinkFull;
  return yielded_ ? Status::kYielded : Status::kReady;
}

}  // namespace ringcached::protocol
