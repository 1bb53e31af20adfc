#include "server/process/pid_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace ringcached::server {

absl::StatusOr<PidFile> PidFile::Write(std::string path) {
  std::ofstream file(path, std::ios::trunc);
  file << getpid() << '\n';
  file.close();
  if (!file) {
    return absl::UnavailableError("can't write the pid file " + path + ": " + std::strerror(errno));
  }
  return PidFile(std::move(path));
}

// Another server may have written its own there since.
PidFile::~PidFile() {
  pid_t pid = 0;
  if (path_.empty() || !(std::ifstream(path_) >> pid) || pid != getpid()) return;
  unlink(path_.c_str());
}

}  // namespace ringcached::server
