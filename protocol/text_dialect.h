// The text dialect's side of a conversation, classic and meta commands: which bytes of the input
// are a command line, a value, keys, or to be skipped, and what is replied to each.

#ifndef RINGCACHED_PROTOCOL_TEXT_DIALECT_H_
#define RINGCACHED_PROTOCOL_TEXT_DIALECT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "protocol/execute.h"
#include "protocol/meta_parser.h"
#include "protocol/meta_writer.h"
#include "protocol/reply_sink.h"
#include "protocol/reply_stream.h"
#include "protocol/text_parser.h"

namespace ringcached::protocol {

class TextDialect {
 public:
  // Works off one command, or a piece of one, at the front of `input` and returns how many bytes of
  // it are done with; 0 if it needs more than there are. Writes at most one reply (of a get, one
  // batch of values) beyond a full sink. `more_follows` is Session::Receive()'s.
  size_t Step(std::string_view input, bool more_follows, ExecuteContext& context, ReplySink& sink);
  // Between two commands: adds the keys of those at the front of `input` to the batch, and returns
  // how many bytes they have.
  size_t Prepare(std::string_view input, const ExecuteContext& context) const;

  // A reply is being written that goes on by itself, by Stream(); no input is worked off meanwhile.
  bool streaming() const { return state_ == State::kStreaming; }
  // Writes the next piece of it.
  ReplyStream::Progress Stream(ExecuteContext& context, ReplySink& sink);

  // The conversation is over: nothing more is read.
  bool ended() const { return state_ == State::kEnded; }
  // Between two commands.
  bool idle() const { return state_ == State::kCommand; }

 private:
  // What the next byte of input belongs to.
  enum class State : uint8_t {
    kCommand,    // a command line
    kGetKeys,    // the keys of a get, worked off as they come
    kSkipLine,   // the rest of a line that has been answered
    kValue,      // a store's value
    kValueEnd,   // the line end behind it
    kSkipBytes,  // a value that nobody wants, with its line end
    kStreaming,  // nothing, until stream_ is whole
    kEnded,
  };

  size_t StepState(std::string_view input, bool more_follows, ExecuteContext& context,
                   ReplySink& sink);
  size_t StepCommand(std::string_view input, bool more_follows, ExecuteContext& context,
                     ReplySink& sink);
  size_t StepPreparedGets(std::string_view input, ExecuteContext& context, ReplySink& sink) const;
  size_t StepUnfinishedLine(std::string_view input, bool more_follows, ExecuteContext& context);
  size_t StepGetKeys(std::string_view input, ExecuteContext& context, ReplySink& sink);
  bool RunGetOfOneKey(std::string_view keys, ExecuteContext& context, ReplySink& sink);
  size_t StepSkipLine(std::string_view input);
  size_t StepValue(std::string_view input);
  size_t StepValueEnd(std::string_view input, ExecuteContext& context, ReplySink& sink);
  size_t StepSkipBytes(std::string_view input);

  // What a line asks for; each returns how many bytes behind the line are done with too.
  size_t Act(const TextLine& parsed, std::string_view behind, ExecuteContext& context,
             ReplySink& sink);
  size_t BeginValue(std::string_view behind, ExecuteContext& context, ReplySink& sink);
  size_t StoreWholeValue(std::string_view behind, ExecuteContext& context, ReplySink& sink);

  OutcomeCode BeginStream(ExecuteContext& context);
  void SkipValue(const ExecuteContext& context);
  // REQUIRES: the request's key, if it has one, is hashed.
  void Run(ExecuteContext& context, ReplySink& sink);
  Outcome ExecuteClassic(ExecuteContext& context, ReplySink& sink) const;
  Outcome ExecuteMeta(ExecuteContext& context, ReplySink& sink) const;
  void Reply(const Outcome& outcome, const ExecuteContext& context, ReplySink& sink) const;
  MetaReplyTo ReplyTo(const ExecuteContext& context) const;

  State state_ = State::kCommand;
  // kGetKeys, kValue, kValueEnd: the command that goes on; its views are not valid. Else null, so
  // that a connection that waits for its client's next command has no room for one.
  std::unique_ptr<Request> begun_;
  // The command under way is a meta command, whose reply returns this.
  bool meta_ = false;
  MetaReturns returns_;
  storage::UnpublishedItem item_;  // kValue, kValueEnd
  size_t filled_bytes_ = 0;        // kValue: of item_
  uint64_t skip_bytes_ = 0;        // kSkipBytes: still to come
  std::unique_ptr<ReplyStream> stream_;
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_TEXT_DIALECT_H_
