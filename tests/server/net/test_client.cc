#include "tests/server/net/test_client.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace ringcached::server {
namespace {

constexpr int kDeadlineSeconds = 20;

sockaddr_storage Loopback(uint16_t port, bool ipv6) {
  sockaddr_storage storage{};
  if (ipv6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    address.sin6_port = htons(port);
    std::memcpy(&storage, &address, sizeof(address));
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    std::memcpy(&storage, &address, sizeof(address));
  }
  return storage;
}

// Repeats a call that a signal interrupted. A thread that had a ring, if only to probe for one, is
// interrupted when the kernel takes the ring down.
template <typename Call>
ssize_t Uninterrupted(Call call) {
  ssize_t result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// An interrupted connect goes on by itself; its end is waited for.
bool FinishConnect(const UniqueFd& socket) {
  pollfd writable{socket.get(), POLLOUT, 0};
  if (Uninterrupted([&] { return poll(&writable, 1, kDeadlineSeconds * 1000); }) != 1) return false;
  int error = 0;
  socklen_t length = sizeof(error);
  return getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0;
}

bool Connect(const UniqueFd& socket, uint16_t port, bool ipv6) {
  const sockaddr_storage address = Loopback(port, ipv6);
  const socklen_t length = ipv6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0) return true;
  return errno == EINTR && FinishConnect(socket);
}

}  // namespace

TestClient::TestClient(uint16_t port, bool ipv6)
    : socket_(socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  SetDeadlines();
  if (!Connect(socket_, port, ipv6)) ADD_FAILURE() << "connect: " << std::strerror(errno);
}

TestClient::TestClient(const std::string& path)
    : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  SetDeadlines();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const auto connect_once = [&] {
    return connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  };
  if (Uninterrupted(connect_once) != 0) ADD_FAILURE() << path << ": " << std::strerror(errno);
}

void TestClient::SetDeadlines() {
  const timeval deadline{kDeadlineSeconds, 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
  setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline));
}

uint16_t TestClient::local_port() const {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  if (getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&storage), &length) != 0) return 0;
  // IPv4 and IPv6 have it at the same place.
  sockaddr_in address{};
  std::memcpy(&address, &storage, sizeof(address));
  return storage.ss_family == AF_UNIX ? 0 : ntohs(address.sin_port);
}

bool TestClient::CanConnect(uint16_t port) {
  return Connect(UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), port, /*ipv6=*/false);
}

void TestClient::Send(std::string_view bytes) {
  if (!TrySend(bytes)) ADD_FAILURE() << "send: " << std::strerror(errno);
}

bool TestClient::TrySend(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = Uninterrupted(
        [&] { return send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

std::string TestClient::Receive(size_t bytes) {
  std::string received;
  std::array<char, 65536> buffer;
  while (received.size() < bytes) {
    const size_t wanted = std::min(buffer.size(), bytes - received.size());
    const ssize_t count =
        Uninterrupted([&] { return recv(socket_.get(), buffer.data(), wanted, 0); });
    if (count <= 0) break;
    received.append(buffer.data(), static_cast<size_t>(count));
  }
  return received;
}

std::string TestClient::ReceiveUntil(std::string_view end) {
  std::string received;
  while (!received.ends_with(end)) {
    const std::string byte = Receive(1);
    if (byte.empty()) break;
    received += byte;
  }
  return received;
}

std::string TestClient::ReceiveToEnd() {
  std::string received;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t count =
        Uninterrupted([&] { return recv(socket_.get(), buffer.data(), buffer.size(), 0); });
    if (count < 0) ADD_FAILURE() << "waiting for the end: " << std::strerror(errno);
    if (count <= 0) return received;
    received.append(buffer.data(), static_cast<size_t>(count));
  }
}

std::string TestClient::Ask(std::string_view request, std::string_view expected) {
  Send(request);
  return Receive(expected.size());
}

void TestClient::EndInput() { shutdown(socket_.get(), SHUT_WR); }

void TestClient::Reset() {
  const linger abort{1, 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
  socket_.Reset();
}

void TestClient::SetReceiveBufferBytes(int bytes) {
  setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

}  // namespace ringcached::server
