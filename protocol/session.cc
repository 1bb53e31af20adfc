// Invariants:
//  - Input is worked off in order, each byte once; what is left over is in kept_ and nowhere else.
//  - kept() is an unfinished command line or key (at most kMaxLineBytes and one arrival), or what
//    had arrived when the sink was full.
//  - kept_begin_ is 0 whenever kept() is empty.

#include "protocol/session.h"

#include "protocol/limits.h"

namespace ringcached::protocol {
namespace {

// What every binary request begins with.
constexpr char kBinaryMagic = static_cast<char>(0x80);

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
  if (dialect_ == Dialect::kUndecided && !input.empty()) ChooseDialect(input[0], context);
  while (consumed < input.size() && !ended() && !sink.full()) {
    const size_t bytes = text_.Step(input.substr(consumed), more_follows, context, sink);
    if (bytes == 0) break;
    consumed += bytes;
  }
  return ended() ? input.size() : consumed;
}

void Session::ChooseDialect(char first_byte, ExecuteContext& context) {
  dialect_ = first_byte == kBinaryMagic ? Dialect::kUnknown : Dialect::kText;
  if (dialect_ == Dialect::kUnknown) context.counters->Add(Counter::kUnknownDialect);
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

Session::Status Session::StatusNow(const ReplySink& sink) const {
  if (ended()) return Status::kEnded;
  return sink.full() ? Status::kSinkFull : Status::kReady;
}

}  // namespace ringcached::protocol
