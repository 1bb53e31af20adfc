// Listening on a Unix socket.

#ifndef RINGCACHED_SERVER_NET_UNIX_LISTENER_H_
#define RINGCACHED_SERVER_NET_UNIX_LISTENER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "server/net/listener.h"

namespace ringcached::server {

// Listens on a Unix socket whose file gets `mode`. A socket that is there already is replaced, as
// memcached does; anything else there is an error.
absl::StatusOr<Listener> BindUnixListener(const std::string& path, uint32_t mode, uint32_t backlog);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_UNIX_LISTENER_H_
