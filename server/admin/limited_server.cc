#include "server/admin/limited_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringcached::server {
namespace {

// What a refused client may still be sending is not waited for, but taken so far: closing with it
// unread would have the kernel take the reply back.
constexpr size_t kMaxDiscardedBytes = size_t{1} << 20;

void NameAddress(const sockaddr_storage& address, std::string& ip, int& port) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    port = ntohs(v6.sin6_port);
  } else {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    port = ntohs(v4.sin_port);
  }
  ip = text.data();
}

void DiscardInput(int socket) {
  shutdown(socket, SHUT_WR);
  std::array<char, 4096> discarded;
  for (size_t bytes = 0; bytes < kMaxDiscardedBytes;) {
    const ssize_t received = recv(socket, discarded.data(), discarded.size(), MSG_DONTWAIT);
    if (received <= 0) return;
    bytes += static_cast<size_t>(received);
  }
}

// The library's versions differ in whether they want to be told the addresses.
template <typename Process>
bool ProcessRequest(LimitedStream& stream, Process process) {
  bool closed = false;
  if constexpr (requires { process(stream, true, closed, nullptr); }) {
    return process(stream, true, closed, nullptr);
  } else {
    std::string remote_ip;
    std::string local_ip;
    int remote_port = 0;
    int local_port = 0;
    stream.get_remote_ip_and_port(remote_ip, remote_port);
    stream.get_local_ip_and_port(local_ip, local_port);
    return process(stream, remote_ip, remote_port, local_ip, local_port, true, closed, nullptr);
  }
}

}  // namespace

bool LimitedStream::Wait(short events, std::chrono::milliseconds limit) const {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(began_ + limit - Clock::now()).count();
    if (left <= 0) return false;
    pollfd waited{socket_, events, 0};
    const int ready = poll(&waited, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

bool LimitedStream::is_readable() const {
  return begin_ < end_ || (received_ < kMaxRequestBytes && Wait(POLLIN, kRequestTime));
}

bool LimitedStream::is_writable() const { return Wait(POLLOUT, kConnectionTime); }

bool LimitedStream::Fill() {
  if (!is_readable()) return false;
  const size_t room = std::min(buffer_.size(), kMaxRequestBytes - received_);
  ssize_t received = 0;
  do {
    received = recv(socket_, buffer_.data(), room, 0);
  } while (received < 0 && errno == EINTR);
  if (received <= 0) return false;
  received_ += static_cast<size_t>(received);
  begin_ = 0;
  end_ = static_cast<size_t>(received);
  return true;
}

ssize_t LimitedStream::read(char* to, size_t bytes) {
  if (begin_ == end_ && !Fill()) return -1;
  const size_t taken = std::min(bytes, end_ - begin_);
  std::memcpy(to, buffer_.data() + begin_, taken);
  begin_ += taken;
  return static_cast<ssize_t>(taken);
}

ssize_t LimitedStream::write(const char* from, size_t bytes) {
  if (!is_writable()) return -1;
  ssize_t sent = 0;
  do {
    sent = send(socket_, from, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

void LimitedStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  getpeername(socket_, reinterpret_cast<sockaddr*>(&address), &length);
  NameAddress(address, ip, port);
}

void LimitedStream::get_local_ip_and_port(std::string& ip, int& port) const {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length);
  NameAddress(address, ip, port);
}

bool LimitedServer::process_and_close_socket(socket_t socket) {
  LimitedStream stream(socket);
  const bool answered = ProcessRequest(
      stream, [this](auto&&... arguments) requires requires { process_request(arguments...); } {
        return process_request(arguments...);
      });
  DiscardInput(socket);
  close(socket);
  return answered;
}

}  // namespace ringcached::server
