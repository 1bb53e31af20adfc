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

// Writes "TCP INET: <port>" or "TCP INET6: <port>" for each address that has one. The file appears
// under `path` only when it is complete.
absl::Status WritePortFile(const std::string& path, const std::vector<BoundAddress>& addresses);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_PORT_FILE_H_
