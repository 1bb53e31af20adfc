// A blocking TCP client for tests. Every wait has a deadline, and a test fails when it passes.

#ifndef RINGCACHED_TESTS_SERVER_NET_TEST_CLIENT_H_
#define RINGCACHED_TESTS_SERVER_NET_TEST_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/io/descriptor.h"

namespace ringcached::server {

class TestClient {
 public:
  // Connects to 127.0.0.1, or to ::1.
  explicit TestClient(uint16_t port, bool ipv6 = false);

  // Connects to a Unix socket.
  explicit TestClient(const std::string& path);

  // Whether somebody listens there.
  static bool CanConnect(uint16_t port);

  void Send(std::string_view bytes);
  // False if the connection is gone.
  bool TrySend(std::string_view bytes);
  // As many bytes, or fewer if the server closed or the deadline passed.
  std::string Receive(size_t bytes);
  // Everything up to and including `end`, or to the server's close.
  std::string ReceiveUntil(std::string_view end);
  // Everything up to the server's close.
  std::string ReceiveToEnd();
  // Sends, then receives as many bytes as `expected` has.
  std::string Ask(std::string_view request, std::string_view expected);

  // Sends no more; the server sees the end of the input.
  void EndInput();
  // The connection breaks: the server sees a reset instead of an end.
  void Reset();
  // Bytes that the socket's receive buffer takes, before the first Receive().
  void SetReceiveBufferBytes(int bytes);

  // Of this end; 0 for a Unix socket.
  uint16_t local_port() const;

 private:
  void SetDeadlines();

  UniqueFd socket_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_TESTS_SERVER_NET_TEST_CLIENT_H_
