// One client's conversation: bytes in, bytes out. No sockets, no threads, no clock; tests, fuzzers
// and benchmarks run it without a network.
//
// The caller hands over what it received and a sink, and sends the sink's contents when it likes.
// When the sink is full the session stops between two replies, keeps the input it has not worked
// off, and goes on at the same place when it is resumed with room.

#ifndef RINGCACHED_PROTOCOL_SESSION_H_
#define RINGCACHED_PROTOCOL_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/binary_dialect.h"
#include "protocol/execute.h"
#include "protocol/reply_sink.h"
#include "protocol/text_authentication.h"
#include "protocol/text_dialect.h"

namespace ringcached::protocol {

// Which dialects are spoken; a connection that begins in another one is ended.
enum class SpokenDialects : uint8_t { kAll, kText, kBinary };

class Session {
 public:
  enum class Status : uint8_t {
    kReady,     // wants more input
    kYielded,   // has answered what one turn allows: call Resume() in the next one; more input may
                // come meanwhile
    kSinkFull,  // call Resume() with room in the sink; until then bring no more input
    kEnded,     // send what the sink holds and close
  };

  // Works off `input`, of which nothing is looked at after the call. `more_follows` says that the
  // caller already knows of further bytes of the same arrival; an overlong line is then given until
  // those have come. Input that comes all the same while the sink is full is kept; the caller
  // bounds it.
  Status Receive(std::string_view input, bool more_follows, ExecuteContext& context,
                 ReplySink& sink);

  explicit Session(SpokenDialects spoken = SpokenDialects::kAll) : spoken_(spoken) {}

  // The first step of what is worked off together: adds the keys that the commands at the front of
  // `input`, which Receive() will be given next, name to the context's batch. Changes nothing else,
  // and does nothing while a session has other things to finish first. Several sessions may be
  // prepared one behind the other; then comes LookupBatch::PrefetchItems(), and then their input is
  // received in the same order. The caller clears the batch before any of that input changes.
  //
  // It is not needed: from its second command on a session prepares what it has received itself.
  void Prepare(std::string_view input, const ExecuteContext& context) const;

  // Goes on after kSinkFull or kYielded, or when a stream that waits has something to say.
  Status Resume(ExecuteContext& context, ReplySink& sink);

  // Memory for input that could not be worked off yet.
  size_t kept_input_bytes() const { return kept_.capacity(); }
  // A reply is being written that goes on by itself.
  bool streaming() const;
  // True between two commands, with no input kept.
  bool idle() const;

 private:
  // A dialect that the server does not speak.
  struct Unspoken {
    bool ended() const { return true; }
    bool idle() const { return true; }
  };
  // What the first byte has decided; nothing before it has come.
  using Dialect =
      std::variant<std::monostate, Unspoken, TextAuthentication, TextDialect, BinaryDialect>;

  size_t Consume(std::string_view input, bool more_follows, ExecuteContext& context,
                 ReplySink& sink);
  size_t PrepareRest(std::string_view rest, const ExecuteContext& context) const;
  size_t AddKeys(std::string_view input, const ExecuteContext& context) const;
  void ChooseDialect(char first_byte, const ExecuteContext& context);
  size_t Step(std::string_view input, bool more_follows, ExecuteContext& context, ReplySink& sink);
  ReplyStream::Progress Stream(ExecuteContext& context, ReplySink& sink);
  std::string_view kept() const { return std::string_view(kept_).substr(kept_begin_); }
  void ConsumeKept(bool more_follows, ExecuteContext& context, ReplySink& sink);
  bool ended() const;
  bool between_commands() const;
  Status StatusNow(const ReplySink& sink) const;

  const SpokenDialects spoken_;
  bool yielded_ = false;
  bool more_follows_ = false;  // behind the last arrival
  Dialect dialect_;
  std::string kept_;       // input not worked off yet, behind some that is
  size_t kept_begin_ = 0;  // where it begins
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_SESSION_H_
