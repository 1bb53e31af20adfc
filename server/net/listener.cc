#include "server/net/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/net/listen_address.h"

namespace ringcached::server {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, FreeAddresses>;

absl::StatusOr<AddressList> Resolve(const ListenAddress& address, const std::string& text,
                                    uint16_t default_port) {
  const std::string port = std::to_string(address.port.value_or(default_port));
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  const char* const host = address.host == "*" ? nullptr : address.host.c_str();
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host, port.c_str(), &hints, &list);
  if (error != 0) {
    return absl::InvalidArgumentError(absl::StrCat("-l ", text, ": ", gai_strerror(error)));
  }
  return AddressList(list);
}

std::string PathOf(const sockaddr_storage& address, socklen_t length) {
  sockaddr_un local{};
  // The kernel counts an end that it adds to a path that fills the structure.
  const size_t bytes = std::min<size_t>(length, sizeof(local));
  std::memcpy(&local, &address, bytes);
  return {local.sun_path, strnlen(local.sun_path, bytes - offsetof(sockaddr_un, sun_path))};
}

absl::Status BindError(int error, const std::string& text, const std::string& port) {
  const std::string message = absl::StrCat(text, " (port ", port, "): ", std::strerror(error));
  switch (error) {
    case EADDRINUSE:
      return absl::AlreadyExistsError(message);
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(message);
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return absl::NotFoundError(message);
    default:
      return absl::UnavailableError(message);
  }
}

std::string PortOf(const addrinfo& address) {
  std::array<char, NI_MAXSERV> port{};
  getnameinfo(address.ai_addr, address.ai_addrlen, nullptr, 0, port.data(), port.size(),
              NI_NUMERICSERV);
  return port.data();
}

absl::StatusOr<Listener> BindOne(const addrinfo& address, const std::string& text,
                                 uint32_t backlog) {
  UniqueFd socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return BindError(errno, text, PortOf(address));
  SetListenerOptions(socket.get(), address.ai_family == AF_INET6);
  if (bind(socket.get(), address.ai_addr, address.ai_addrlen) != 0 ||
      listen(socket.get(), static_cast<int>(backlog)) != 0) {
    return BindError(errno, text, PortOf(address));
  }
  BoundAddress bound = AddressOf(socket.get());
  return Listener{std::move(socket), std::move(bound)};
}

}  // namespace

BoundAddress AddressOf(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  getnameinfo(reinterpret_cast<sockaddr*>(&address), length, host.data(), host.size(), port.data(),
              port.size(), NI_NUMERICHOST | NI_NUMERICSERV);
  BoundAddress bound;
  if (address.ss_family == AF_UNIX) {
    bound.unix_socket = true;
    bound.text = PathOf(address, length);
    return bound;
  }
  bound.ipv6 = address.ss_family == AF_INET6;
  std::from_chars(port.data(), port.data() + std::strlen(port.data()), bound.port);
  bound.text = bound.ipv6 ? absl::StrCat("[", host.data(), "]:", port.data())
                          : absl::StrCat(host.data(), ":", port.data());
  return bound;
}

// What accepted connections inherit: replies leave at once, and peers that vanish are noticed.
void SetListenerOptions(int socket, bool ipv6) {
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (ipv6) setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
}

absl::StatusOr<std::vector<Listener>> BindListeners(const ListenOptions& options) {
  std::vector<Listener> listeners;
  absl::Status skipped = absl::InvalidArgumentError("no address to listen on");
  uint16_t port = options.port;
  for (const std::string& text : options.addresses) {
    const std::optional<ListenAddress> wanted = ParseListenAddress(text);
    if (!wanted) return absl::InvalidArgumentError(absl::StrCat("-l ", text, ": not an address"));
    absl::StatusOr<AddressList> addresses = Resolve(*wanted, text, port);
    if (!addresses.ok()) return addresses.status();
    for (const addrinfo* a = addresses->get(); a != nullptr; a = a->ai_next) {
      absl::StatusOr<Listener> listener = BindOne(*a, text, options.backlog);
      if (listener.ok()) {
        // A chosen port is chosen once: the other addresses listen on the same one.
        if (port == 0) port = listener->address.port;
        listener->address.dialects = wanted->dialects;
        listener->address.tag = wanted->tag;
        listeners.push_back(*std::move(listener));
      } else if (options.skip_unavailable && absl::IsNotFound(listener.status())) {
        skipped = listener.status();
      } else {
        return listener.status();
      }
    }
  }
  if (listeners.empty()) return skipped;
  return listeners;
}

}  // namespace ringcached::server
