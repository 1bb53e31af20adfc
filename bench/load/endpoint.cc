#include "bench/load/endpoint.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ringcached::load {
namespace {

// A connect() that waits ends by itself after the socket's time limit for sends.
bool LimitConnect(int fd, uint32_t timeout_s) {
  const timeval limit{.tv_sec = timeout_s, .tv_usec = 0};
  return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0;
}

bool SendAtOnce(int fd) {
  const int on = 1;
  return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0;
}

bool MakeNonBlocking(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

}  // namespace

absl::StatusOr<Endpoint> Endpoint::Resolve(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) return absl::NotFoundError(absl::StrCat(host, ": ", gai_strerror(error)));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  Endpoint endpoint;
  std::memcpy(&endpoint.address_, found->ai_addr, found->ai_addrlen);
  endpoint.address_bytes_ = found->ai_addrlen;
  return endpoint;
}

bool Endpoint::BindToSource(int fd, size_t place) const {
  if (place < kConnectionsPerAddress || address_.ss_family != AF_INET) return true;
  sockaddr_in source{};
  std::memcpy(&source, &address_, sizeof(source));
  if (ntohl(source.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET) return true;
  source.sin_addr.s_addr =
      htonl(INADDR_LOOPBACK + static_cast<uint32_t>(place / kConnectionsPerAddress));
  source.sin_port = 0;
  // The port is chosen by connect(), which may take one that is also used to elsewhere.
  const int on = 1;
  return setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) == 0 &&
         bind(fd, reinterpret_cast<const sockaddr*>(&source), sizeof(source)) == 0;
}

absl::StatusOr<server::UniqueFd> Endpoint::Connect(uint32_t timeout_s, size_t place) const {
  server::UniqueFd fd(socket(address_.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "socket");
  if (!BindToSource(fd.get(), place)) return absl::ErrnoToStatus(errno, "bind");
  const auto* const address = reinterpret_cast<const sockaddr*>(&address_);
  if (!LimitConnect(fd.get(), timeout_s) || connect(fd.get(), address, address_bytes_) != 0) {
    return absl::ErrnoToStatus(errno, "connect");
  }
  if (!SendAtOnce(fd.get()) || !MakeNonBlocking(fd.get())) {
    return absl::ErrnoToStatus(errno, "setting up a socket");
  }
  return fd;
}

}  // namespace ringcached::load
