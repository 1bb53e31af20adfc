// Listening sockets.

#ifndef RINGCACHED_SERVER_NET_LISTENER_H_
#define RINGCACHED_SERVER_NET_LISTENER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "protocol/session.h"
#include "server/io/descriptor.h"

namespace ringcached::server {

struct BoundAddress {
  std::string text;  // "127.0.0.1:11211", "[::1]:11211" or the path of a Unix socket
  bool ipv6 = false;
  bool unix_socket = false;
  uint16_t port = 0;  // 0 for a Unix socket
  // None: those of -B.
  std::optional<protocol::SpokenDialects> dialects = {};
  std::string tag = {};
};

struct Listener {
  UniqueFd socket;
  BoundAddress address;
};

struct ListenOptions {
  // Addresses or host names, each optionally with a port ("10.0.0.1", "[::1]:11311",
  // "localhost:0"). A name may stand for several addresses.
  std::vector<std::string> addresses;
  // An address that this machine does not have is skipped as long as another one can be bound.
  bool skip_unavailable = false;
  uint16_t port = 11211;  // where an address names none; 0: the system chooses
  uint32_t backlog = 1024;
};

// Binds and listens. All or nothing; the error names the address. AlreadyExists if one is taken,
// InvalidArgument if one makes no sense, PermissionDenied, Unavailable otherwise.
absl::StatusOr<std::vector<Listener>> BindListeners(const ListenOptions& options);

// For those who make listeners in other ways: what a listening socket is bound to, and what its
// connections inherit.
BoundAddress AddressOf(int socket);
void SetListenerOptions(int socket, bool ipv6);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_LISTENER_H_
