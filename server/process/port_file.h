// The file that tells scripts which ports were bound, most useful with -p 0. memcached's format and
// environment variable.

#ifndef RINGCACHED_SERVER_PROCESS_PORT_FILE_H_
#define RINGCACHED_SERVER_PROCESS_PORT_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/net/listener.h"

namespace ringcached::server {

// Names the file in the environment.
inline constexpr char kPortFileVariable[] = "MEMCACHED_PORT_FILENAME";

// Writes "TCP INET: <port>" or "TCP INET6: <port>" for each address that has one, and, of our own,
// "ADMIN INET: <port>" if there is an admin port (0: none). The file appears under `path` only when
// it is complete.
absl::Status WritePortFile(const std::string& path, const std::vector<BoundAddress>& addresses,
                           uint16_t admin_port);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_PORT_FILE_H_
