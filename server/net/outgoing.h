// Replies on their way: a sink that a session fills and, once it is being sent, the message that
// the ring works on. A connection has at most two: one that gathers, one in flight.

#ifndef RINGCACHED_SERVER_NET_OUTGOING_H_
#define RINGCACHED_SERVER_NET_OUTGOING_H_

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "protocol/reply_sink.h"

namespace ringcached::server {

class Outgoing {
 public:
  protocol::ReplySink& sink() { return sink_; }
  // Memory that it takes; values that are sent from where they lie are the cache's.
  size_t bytes() const { return sizeof(*this) + sink_.capacity_bytes(); }

  // The sink's contents as a message; stays as it is until Advance() or Clear().
  const msghdr* Begin();
  // `bytes` were sent. Returns the message for the rest, or null if all is sent.
  const msghdr* Advance(size_t bytes);
  void Clear();

 private:
  protocol::ReplySink sink_;
  std::array<iovec, protocol::kMaxSinkPieces> pieces_;
  msghdr message_{};
};

// Keeps a bounded number of spares, so that a request needs no allocation. Those that grew beyond
// the usual are let go.
class OutgoingPool {
 public:
  static constexpr size_t kMaxSpares = 128;
  static constexpr size_t kMaxSpareBytes = 16384;

  std::unique_ptr<Outgoing> Take();
  void GiveBack(std::unique_ptr<Outgoing> outgoing);

  size_t spare_bytes() const { return spare_bytes_; }

 private:
  std::vector<std::unique_ptr<Outgoing>> spares_;
  size_t spare_bytes_ = 0;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_OUTGOING_H_
