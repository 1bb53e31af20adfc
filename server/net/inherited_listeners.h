// Listening sockets that a supervisor has opened.

#ifndef RINGCACHED_SERVER_NET_INHERITED_LISTENERS_H_
#define RINGCACHED_SERVER_NET_INHERITED_LISTENERS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "server/net/listener.h"

namespace ringcached::server {

// The listening sockets that a supervisor has opened for this process and named in its environment
// (LISTEN_PID and LISTEN_FDS, systemd's protocol); none if there are none. InvalidArgument if one
// of them is not a listening stream socket. Takes the variables out of the environment. REQUIRES:
// no other threads.
absl::StatusOr<std::vector<Listener>> InheritListeners();

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_INHERITED_LISTENERS_H_
