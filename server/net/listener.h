// Listening sockets.

#ifndef RINGCACHED_SERVER_NET_LISTENER_H_
#define RINGCACHED_SERVER_NET_LISTENER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/io/descriptor.h"

namespace ringcached::server {

struct BoundAddress {
  std::string text;  // "127.0.0.1:11211" or "[::1]:11211"
  bool ipv6 = false;
  uint16_t port = 0;
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

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_LISTENER_H_
