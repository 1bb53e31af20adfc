#include "server/net/inherited_listeners.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "protocol/numbers.h"

namespace ringcached::server {
namespace {

// Where a supervisor's descriptors begin, and the most that are taken.
constexpr int kFirstInherited = 3;
constexpr uint64_t kMaxInheritedListeners = 64;

bool IsListening(int descriptor) {
  int type = 0;
  int listening = 0;
  socklen_t length = sizeof(type);
  if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) != 0) return false;
  length = sizeof(listening);
  if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0) return false;
  return type == SOCK_STREAM && listening != 0;
}

// How many there are; takes the variables that say so out of the environment.
absl::StatusOr<int> TakeCount() {
  const char* const pid = std::getenv("LISTEN_PID");
  const char* const given = std::getenv("LISTEN_FDS");
  const bool ours = pid != nullptr && given != nullptr && pid == std::to_string(getpid());
  const std::string text = ours ? given : "0";
  for (const char* const name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(name);
  const std::optional<uint64_t> count = protocol::ParseUnsigned(text);
  if (count && *count <= kMaxInheritedListeners) return static_cast<int>(*count);
  return absl::InvalidArgumentError(
      absl::StrCat("LISTEN_FDS=", text, ": expected a number up to ", kMaxInheritedListeners));
}

}  // namespace

absl::StatusOr<std::vector<Listener>> InheritListeners() {
  const absl::StatusOr<int> count = TakeCount();
  if (!count.ok()) return count.status();
  std::vector<Listener> listeners;
  for (int descriptor = kFirstInherited; descriptor < kFirstInherited + *count; ++descriptor) {
    if (!IsListening(descriptor)) {
      return absl::InvalidArgumentError(
          absl::StrCat("LISTEN_FDS: descriptor ", descriptor, " is not a listening stream socket"));
    }
    UniqueFd socket(descriptor);
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    BoundAddress bound = AddressOf(descriptor);
    SetListenerOptions(descriptor, /*ipv6=*/false);
    listeners.push_back({std::move(socket), std::move(bound)});
  }
  return listeners;
}

}  // namespace ringcached::server
