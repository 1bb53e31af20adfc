#include "server/process/service_notify.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <optional>
#include <utility>

namespace ringcached::server {
namespace {

constexpr char kVariable[] = "NOTIFY_SOCKET";
// A manager that takes nothing for so long holds the server up no longer.
constexpr timeval kSendTimeout{.tv_sec = 1, .tv_usec = 0};
// Signals interrupt it, and so does the kernel's work for a ring that was taken apart just now.
constexpr int kMaxTries = 8;

struct UnixAddress {
  sockaddr_un address{};
  socklen_t length = 0;
};

// Nothing if `name` is neither an absolute path nor an abstract name, or is too long.
std::optional<UnixAddress> ParseAddress(std::string_view name) {
  UnixAddress unix_address;
  sockaddr_un& address = unix_address.address;
  const bool is_abstract = name.starts_with('@');
  if (name.size() < 2 || name.size() >= sizeof(address.sun_path)) return std::nullopt;
  if (!is_abstract && !name.starts_with('/')) return std::nullopt;
  address.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), std::begin(address.sun_path));
  if (is_abstract) address.sun_path[0] = '\0';
  // An abstract name ends where the address does, a path with a 0.
  unix_address.length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + (is_abstract ? 0 : 1));
  return unix_address;
}

// The error is for people and does not name the socket.
std::string Connect(const UnixAddress& to, UniqueFd& socket) {
  UniqueFd made(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto* const address = reinterpret_cast<const sockaddr*>(&to.address);
  if (!made.valid() || connect(made.get(), address, to.length) != 0) return std::strerror(errno);
  setsockopt(made.get(), SOL_SOCKET, SO_SNDTIMEO, &kSendTimeout, sizeof(kSendTimeout));
  socket = std::move(made);
  return {};
}

// A line end would begin another state.
std::string OneLine(std::string_view text) {
  std::string line(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

}  // namespace

ServiceNotify::ServiceNotify(Log& log) : log_(log) {
  const char* const value = std::getenv(kVariable);
  if (value == nullptr) return;
  const std::string name = value;
  unsetenv(kVariable);
  const std::optional<UnixAddress> address = ParseAddress(name);
  const std::string error = address.has_value() ? Connect(*address, socket_)
                                                : "expected an absolute path or @ and a name";
  if (!error.empty()) log_.Warn(std::string(kVariable) + "=" + name + ": " + error);
}

void ServiceNotify::Serving(std::string_view status, pid_t main_pid) {
  const std::string pid = main_pid == 0 ? "" : "\nMAINPID=" + std::to_string(main_pid);
  Send("READY=1\nSTATUS=" + OneLine(status) + pid);
}

// The time tells the manager that this answers its own request, and not one before.
void ServiceNotify::Reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  Send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(us));
}

void ServiceNotify::Reloaded() { Send("READY=1"); }

void ServiceNotify::Stopping() { Send("STOPPING=1"); }

void ServiceNotify::Send(const std::string& state) {
  if (!socket_.valid()) return;
  ssize_t sent = 0;
  int tries = 0;
  do {
    sent = send(socket_.get(), state.data(), state.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR && ++tries < kMaxTries);
  if (sent >= 0) return;
  log_.Warn("the service manager could not be told " + state.substr(0, state.find('\n')) + ": " +
            std::strerror(errno));
}

}  // namespace ringcached::server
