#include "server/process/port_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace ringcached::server {
namespace {

absl::Status Failed(const std::string& path) {
  return absl::UnavailableError("can't write the port file " + path + ": " + std::strerror(errno));
}

}  // namespace

absl::Status WritePortFile(const std::string& path, const std::vector<BoundAddress>& addresses,
                           uint16_t admin_port) {
  const std::string unfinished = path + ".lck";
  std::ofstream file(unfinished, std::ios::trunc);
  for (const BoundAddress& address : addresses) {
    if (address.unix_socket) continue;
    file << (address.ipv6 ? "TCP INET6: " : "TCP INET: ") << address.port << '\n';
  }
  if (admin_port != 0) file << "ADMIN INET: " << admin_port << '\n';
  file.close();
  if (!file) return Failed(unfinished);
  return std::rename(unfinished.c_str(), path.c_str()) == 0 ? absl::OkStatus() : Failed(path);
}

}  // namespace ringcached::server
