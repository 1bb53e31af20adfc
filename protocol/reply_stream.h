// A reply that may be longer than a sink, or that goes on for as long as the client listens:
// written piece by piece, whenever there is room.

#ifndef RINGCACHED_PROTOCOL_REPLY_STREAM_H_
#define RINGCACHED_PROTOCOL_REPLY_STREAM_H_

#include <cstdint>

#include "protocol/reply_sink.h"

namespace ringcached::protocol {

struct ExecuteContext;

class ReplyStream {
 public:
  enum class Progress : uint8_t {
    kMore,     // to be called again, when there is room
    kWaiting,  // has nothing to say now; its session is resumed when it has
    kWhole,    // the reply is complete
  };
  virtual ~ReplyStream() = default;
  // Writes the next piece, which may exceed the sink's limits by what a few hundred items take.
  virtual Progress Continue(ExecuteContext& context, ReplySink& sink) = 0;
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_REPLY_STREAM_H_
