// The file that tells scripts and supervisors the server's process id.

#ifndef RINGCACHED_SERVER_PROCESS_PID_FILE_H_
#define RINGCACHED_SERVER_PROCESS_PID_FILE_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace ringcached::server {

class PidFile {
 public:
  // Writes this process's id and a line end to `path`, in place of what was there.
  static absl::StatusOr<PidFile> Write(std::string path);
  PidFile(PidFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PidFile& operator=(PidFile&&) = delete;
  // Removes the file, if it still names this process.
  ~PidFile();

 private:
  explicit PidFile(std::string path) : path_(std::move(path)) {}

  std::string path_;  // empty: moved from
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_PID_FILE_H_
