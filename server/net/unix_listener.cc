#include "server/net/unix_listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ringcached::server {
namespace {

absl::Status UnixError(const std::string& path) {
  return absl::UnavailableError(absl::StrCat("-s ", path, ": ", std::strerror(errno)));
}

}  // namespace

absl::StatusOr<Listener> BindUnixListener(const std::string& path, uint32_t mode,
                                          uint32_t backlog) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat("-s ", path, ": expected a path of 1 to ",
                                                   sizeof(address.sun_path) - 1, " bytes"));
  }
  path.copy(address.sun_path, path.size());
  struct stat present {};
  if (lstat(path.c_str(), &present) == 0 && S_ISSOCK(present.st_mode)) unlink(path.c_str());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return UnixError(path);
  // The file is there with its final mode or not at all.
  const mode_t before = umask(~static_cast<mode_t>(mode) & 0777);
  const bool bound =
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  const int error = errno;
  umask(before);
  errno = error;
  if (!bound || listen(socket.get(), static_cast<int>(backlog)) != 0) return UnixError(path);
  BoundAddress description = AddressOf(socket.get());
  return Listener{std::move(socket), std::move(description)};
}

}  // namespace ringcached::server
