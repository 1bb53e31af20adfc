// What a text connection may say before it has said who it is, where that is asked for: a set with
// any key, whose value is "user password".

#ifndef RINGCACHED_PROTOCOL_TEXT_AUTHENTICATION_H_
#define RINGCACHED_PROTOCOL_TEXT_AUTHENTICATION_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/execute.h"
#include "protocol/reply_sink.h"

namespace ringcached::protocol {

class TextAuthentication {
 public:
  // Works off one line, or what follows it, at the front of `input` and returns how many bytes of
  // it are done with; 0 if it needs more than there are.
  size_t Step(std::string_view input, ExecuteContext& context, ReplySink& sink);

  // The client may speak.
  bool succeeded() const { return state_ == State::kSucceeded; }
  // The conversation is over: nothing more is read.
  bool ended() const { return state_ == State::kEnded; }
  // Between two lines.
  bool idle() const { return state_ == State::kLine; }

 private:
  // What the next byte of input belongs to.
  enum class State : uint8_t {
    kLine,
    kToken,      // user and password
    kSkipBytes,  // a token that was too long
    kSucceeded,
    kEnded,
  };

  size_t StepLine(std::string_view input, ExecuteContext& context, ReplySink& sink);
  size_t StepToken(std::string_view input, ExecuteContext& context, ReplySink& sink);
  size_t StepSkipBytes(std::string_view input);
  void CheckToken(std::string_view token, ExecuteContext& context, ReplySink& sink);
  void Fail(std::string_view reply, ReplySink& sink);

  State state_ = State::kLine;
  uint8_t failures_ = 0;
  uint64_t bytes_ = 0;  // kToken, kSkipBytes: still to come, the line end included
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_TEXT_AUTHENTICATION_H_
