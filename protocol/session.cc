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
  if (kept().empty()) {
    kept_.append(input.substr(Consume(input, more_follows, context, sink)));
  } else {
    kept_.append(input);
    ConsumeKept(more_follows, context, sink);
  }
  return StatusNow(sink);
}

Session::Status Session::Resume(ExecuteContext& context, ReplySink& sink) {
  ConsumeKept(/*more_follows=*/false, context, sink);
  return StatusNow(sink);
}

size_t Session::Consume(std::string_view input, bool more_follows, ExecuteContext& context,
                        ReplySink& sink) {
  size_t consumed = 0;
  if (dialect_.index() == 0 && !input.empty()) ChooseDialect(input[0], context);
  while (consumed < input.size() && !ended() && !sink.full()) {
    const size_t bytes = Step(input.substr(consumed), more_follows, context, sink);
    if (bytes == 0) break;
    consumed += bytes;
  }
  return ended() ? input.size() : consumed;
}

void Session::ChooseDialect(char first_byte, const ExecuteContext& context) {
  if (static_cast<uint8_t>(first_byte) == kRequestMagic) {
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

bool Session::ended() const {
  return VisitDialect(dialect_, false, [](const auto& dialect) { return dialect.ended(); });
}

bool Session::idle() const {
  const bool between =
      VisitDialect(dialect_, true, [](const auto& dialect) { return dialect.idle(); });
  return between && kept().empty();
}

Session::Status Session::StatusNow(const ReplySink& sink) const {
  if (ended()) return Status::kEnded;
  return sink.full() ? Status::kSinkFull : Status::kReady;
}

}  // namespace ringcached::protocol
