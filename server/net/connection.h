// One client's connection: brings its session and the ring together. The reactor hands it the
// connection's completions and, once all of a turn's are worked off, has it settle: one send for
// everything the turn produced, the receive armed or paused, the end begun or finished.

#ifndef RINGCACHED_SERVER_NET_CONNECTION_H_
#define RINGCACHED_SERVER_NET_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "protocol/execute.h"
#include "protocol/session.h"
#include "server/io/completion.h"
#include "server/io/ring.h"
#include "server/net/client_list.h"
#include "server/net/outgoing.h"

namespace ringcached::server {

// What a reactor lends its connections.
struct ConnectionContext {
  Ring& ring;
  OutgoingPool& pool;
  protocol::ExecuteContext& execute;
  // A receive that fills a whole buffer has probably more behind it.
  size_t receive_buffer_bytes;
  // Differs from turn to turn.
  uint64_t turn;
  // What a connection may have answered in one.
  uint32_t turn_requests;
};

class Connection {
 public:
  Connection(ConnectionId id, protocol::SpokenDialects spoken) : id_(id), session_(spoken) {}

  ConnectionId id() const { return id_; }

  // Has the session look ahead into what OnReceived() will bring in this turn.
  void Prepare(const Completion& completion, const ConnectionContext& context) const;
  void OnReceived(const Completion& completion, ConnectionContext& context);
  void OnSent(const Completion& completion, ConnectionContext& context);
  // Makes the ring do what the connection's state asks for. Called at the end of a turn in which
  // something happened to it, and once after it was attached.
  void Settle(ConnectionContext& context);

  // A stream that waits may have something to say. To be followed by Settle().
  void NoteStream() { stream_due_ = true; }
  // Could go on, but the others have their turn first: Settle() it in the next one.
  bool wants_turn() const;
  // What it would go on with is a stream.
  bool streams() const { return session_.streaming() && !stream_due_; }
  // It is for the client to send something: nothing is being sent to it, and no stream is its own.
  bool awaits_client() const { return sending_ == nullptr && !session_.streaming(); }
  // "normal", or "error" if it broke.
  std::string_view close_reason() const { return broken_ ? "error" : "normal"; }

  // Takes no new requests: what has arrived is answered, then the connection ends.
  void Drain(Ring& ring);
  // Ends now, whatever is under way.
  void Abort(Ring& ring);

  // Memory for what it has received and for what it is about to say.
  size_t buffer_bytes() const;

  // What others may know of it; the reactor's list has it.
  Client* client = nullptr;
  // The reactor's mark that its stream is to be gone on with later: Settle() leaves it alone.
  bool deferred = false;
  // The reactor's mark that Settle() is due.
  bool settle_due = false;
  // The reactor's mark that it was closed for having been idle.
  bool idle_kicked = false;
  // The reactor's note of how many of its bytes it has counted.
  size_t counted_bytes = 0;

 private:
  enum class ReceiveState : uint8_t { kIdle, kArmed, kCancelling };
  enum class CloseState : uint8_t { kOpen, kEnding, kClosing };

  void StartSend(ConnectionContext& context);
  void ResumeSession(ConnectionContext& context);
  void BeginRequests(ConnectionContext& context);
  void EndRequests(const ConnectionContext& context);
  void SettleReceive(Ring& ring);
  void SettleClose(Ring& ring);
  void GiveBackEmpty(OutgoingPool& pool);
  bool AllAnswered() const;
  // The session has stopped before it had worked off what it has.
  bool has_more() const {
    using Status = protocol::Session::Status;
    return status_ == Status::kSinkFull || status_ == Status::kYielded;
  }

  const ConnectionId id_;
  ReceiveState receive_ = ReceiveState::kIdle;
  CloseState close_ = CloseState::kOpen;
  protocol::Session::Status status_ = protocol::Session::Status::kReady;
  bool input_ended_ = false;  // the peer sends no more, or the session wants no more
  bool broken_ = false;       // nothing more can be sent
  bool stream_due_ = false;
  uint32_t requests_left_ = 0;  // of its turn_
  uint64_t turn_ = 0;           // the last one in which it had something answered
  protocol::Session session_;
  std::unique_ptr<Outgoing> gathering_;  // null when there is nothing to say
  std::unique_ptr<Outgoing> sending_;    // non-null exactly while a send is in flight
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_CONNECTION_H_
