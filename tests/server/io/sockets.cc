#include "tests/server/io/sockets.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <memory>

#include "server/io/require.h"

namespace ringcached::server {
namespace {

constexpr int kBacklog = 1024;

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void LimitReceives(const UniqueFd& fd) {
  const timeval limit = {.tv_sec = kReceiveTimeoutS, .tv_usec = 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

void SetNonBlocking(const UniqueFd& fd) {
  Require(::fcntl(fd.get(), F_SETFL, O_NONBLOCK) == 0, "test: fcntl");
}

// A ring of this thread may interrupt a call that waits, to run its completion work.
ssize_t Receive(const UniqueFd& fd, char* buffer, size_t bytes) {
  ssize_t received = 0;
  do {
    received = ::recv(fd.get(), buffer, bytes, 0);
  } while (received < 0 && errno == EINTR);
  return received;
}

}  // namespace

TcpListener ListenOnLoopback() {
  TcpListener listener;
  listener.fd = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  Require(::bind(listener.fd.get(), generic, length) == 0, "test: bind");
  Require(::listen(listener.fd.get(), kBacklog) == 0, "test: listen");
  Require(::getsockname(listener.fd.get(), generic, &length) == 0, "test: getsockname");
  listener.port = ntohs(address.sin_port);
  return listener;
}

UniqueFd ConnectTo(uint16_t port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(port);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  Require(::connect(fd.get(), generic, sizeof(address)) == 0, "test: connect");
  LimitReceives(fd);
  return fd;
}

ConnectedPair UnixPair() {
  std::array<int, 2> fds = {};
  Require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) == 0, "test: pair");
  ConnectedPair pair = {.served = UniqueFd(fds[0]), .client = UniqueFd(fds[1])};
  SetNonBlocking(pair.served);
  LimitReceives(pair.client);
  return pair;
}

ConnectedPair TcpPair() {
  const TcpListener listener = ListenOnLoopback();
  ConnectedPair pair;
  pair.client = ConnectTo(listener.port);
  // connect() has returned, so the connection is in the backlog.
  pair.served =
      UniqueFd(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  Require(pair.served.valid(), "test: accept");
  return pair;
}

void WriteAll(const UniqueFd& fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    Require(written > 0, "test: send");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

std::string ReadBytes(const UniqueFd& fd, size_t bytes) {
  std::string result(bytes, '\0');
  size_t filled = 0;
  while (filled < bytes) {
    const ssize_t received = Receive(fd, result.data() + filled, bytes - filled);
    if (received <= 0) break;
    filled += static_cast<size_t>(received);
  }
  result.resize(filled);
  return result;
}

bool AtEnd(const UniqueFd& fd) {
  char byte = 0;
  return Receive(fd, &byte, 1) == 0;
}

size_t OpenDescriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc/self/fd"), ::closedir);
  size_t count = 0;
  while (::readdir(directory.get()) != nullptr) ++count;
  return count;
}

}  // namespace ringcached::server
