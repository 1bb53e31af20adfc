// The smallest reactor that keeps the rules of ring.h: collects what arrives, sends what it is
// given, re-arms what ended, and ends connections in the right order.

#ifndef RINGCACHED_TESTS_SERVER_IO_RING_DRIVER_H_
#define RINGCACHED_TESTS_SERVER_IO_RING_DRIVER_H_

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "server/io/ring.h"

namespace ringcached::server {

class RingDriver {
 public:
  static constexpr int kTurnTimeoutMs = 100;
  static constexpr int kGiveUpAfterS = 20;
  // Larger messages are sent in two parts, which the kernel takes by another operation.
  static constexpr size_t kSplitBytes = 65536;

  struct Connection {
    ConnectionId id;
    std::string received;
    int receive_result = 1;  // of the last completion
    bool receive_armed = false;
    bool rearm = true;  // arm again when a receive ended but the stream did not
    uint64_t arms = 0;
    uint64_t receives = 0;  // completions with data
    std::string queued;     // to be sent after what is in flight
    std::string in_flight;  // stays where it is until kSent
    std::array<iovec, 2> parts = {};
    msghdr message = {};
    bool send_in_flight = false;
    int send_result = 0;  // of the last completion
    uint64_t sends = 0;
    bool closing = false;
    bool closed = false;

    bool stream_ended() const { return receive_result <= 0 && !receive_armed; }
  };

  explicit RingDriver(Ring& ring) : ring_(ring) {}

  // Arms the accept, and again whenever it ends but by a cancellation.
  void Listen(uint32_t listener, int listen_fd);
  void CancelAccept(uint32_t listener) { ring_.CancelAccept(listener); }

  // Takes `fd` as the connection of `slot`, in the slot's next generation, and arms its receive.
  Connection& Adopt(uint32_t slot, int fd);
  Connection& connection(uint32_t slot) { return connections_.at(slot); }
  // Forgets a closed connection, which frees its slot.
  void Forget(uint32_t slot);

  void Arm(Connection& connection);
  void Send(Connection& connection, std::string bytes);
  // Shuts down, lets everything end, closes.
  void End(Connection& connection, int how = SHUT_RDWR);

  // One turn; returns how many completions it had.
  size_t Turn(int timeout_ms);
  // Turns until `done`; false after kGiveUpAfterS.
  bool RunUntil(const std::function<bool()>& done);

  std::vector<int> accepted;        // descriptors, not owned
  std::vector<int> accept_results;  // of completions that were no descriptors
  uint64_t accept_arms = 0;
  uint64_t woken = 0;
  uint64_t strays = 0;  // completions whose id is no current connection

 private:
  Connection* Find(ConnectionId id);
  void Handle(const Completion& completion);
  void HandleAccepted(const Completion& completion);
  void HandleReceived(Connection& connection, const Completion& completion);
  void HandleSent(Connection& connection, const Completion& completion);
  void SendNext(Connection& connection);
  void CloseIfIdle(Connection& connection);

  Ring& ring_;
  std::map<uint32_t, int> listeners_;
  std::map<uint32_t, Connection> connections_;
  std::map<uint32_t, uint32_t> generations_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_TESTS_SERVER_IO_RING_DRIVER_H_
