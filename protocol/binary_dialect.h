// The binary dialect's side of a conversation: which bytes of the input are a packet, a value, or
// to be skipped, and what is replied to each. SASL is spoken here too.

#ifndef RINGCACHED_PROTOCOL_BINARY_DIALECT_H_
#define RINGCACHED_PROTOCOL_BINARY_DIALECT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "protocol/binary_parser.h"
#include "protocol/binary_writer.h"
#include "protocol/execute.h"
#include "protocol/reply_sink.h"

namespace ringcached::protocol {

class BinaryDialect {
 public:
  // Works off one packet, or a piece of one, at the front of `input` and returns how many bytes of
  // it are done with; 0 if it needs more than there are. Writes at most one reply beyond a full
  // sink.
  size_t Step(std::string_view input, ExecuteContext& context, ReplySink& sink);
  // Between two packets: adds the keys of those at the front of `input` to the batch, and returns
  // how many bytes they have.
  size_t Prepare(std::string_view input, const ExecuteContext& context) const;

  // The conversation is over: nothing more is read.
  bool ended() const { return state_ == State::kEnded; }
  // Between two packets.
  bool idle() const { return state_ == State::kPacket; }

 private:
  // What the next byte of input belongs to.
  enum class State : uint8_t {
    kPacket,     // a header
    kValue,      // a store's value
    kSkipBytes,  // the rest of a packet that has been answered
    kEnded,
  };

  size_t StepState(std::string_view input, ExecuteContext& context, ReplySink& sink);
  size_t StepPacket(std::string_view input, ExecuteContext& context, ReplySink& sink);
  size_t StepValue(std::string_view input, ExecuteContext& context, ReplySink& sink);
  size_t StepSkipBytes(std::string_view input);

  // Each is given a packet without its value and returns how many bytes of what is behind it are
  // done with too.
  size_t Act(const BinaryHeader& header, std::string_view input, ExecuteContext& context,
             ReplySink& sink);
  size_t BeginValue(std::string_view behind, ExecuteContext& context, ReplySink& sink);
  size_t Sasl(std::string_view behind, ExecuteContext& context, ReplySink& sink);

  // True if the packet may not be executed before the client has said who it is.
  bool IsLocked(Opcode opcode, const ExecuteContext& context) const;
  void Authenticate(std::string_view message, ExecuteContext& context, ReplySink& sink);
  void Refuse(BinaryStatus status, uint64_t rest_bytes, ReplySink& sink);
  void Fail(BinaryStatus status, ReplySink& sink);
  // REQUIRES: the request's key, if it has one, is hashed.
  void Run(ExecuteContext& context, ReplySink& sink);
  void Reply(const Outcome& outcome, const ExecuteContext& context, ReplySink& sink) const;
  void SkipBytes(uint64_t bytes);

  State state_ = State::kPacket;
  bool authenticated_ = false;
  uint8_t auth_failures_ = 0;
  // A client that wants PLAIN has not said who it is yet.
  bool sasl_begun_ = false;
  // kValue: the packet that goes on; its views are not valid. Else null, as TextDialect's.
  std::unique_ptr<Request> begun_;
  BinaryReplyTo to_;
  storage::UnpublishedItem item_;  // kValue
  size_t filled_bytes_ = 0;        // kValue: of item_
  uint64_t skip_bytes_ = 0;        // kSkipBytes: still to come
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_BINARY_DIALECT_H_
