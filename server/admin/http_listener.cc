#include "server/admin/http_listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace ringcached::server {
namespace {

constexpr int kBacklog = 64;
constexpr size_t kReadBytes = 4096;

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

// A listening socket; -1 with errno set.
int Listen(const addrinfo& address) {
  const int type = address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const int listener = socket(address.ai_family, type, address.ai_protocol);
  if (listener < 0) return -1;
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (bind(listener, address.ai_addr, address.ai_addrlen) == 0 && listen(listener, kBacklog) == 0) {
    return listener;
  }
  const int reason = errno;
  close(listener);
  errno = reason;
  return -1;
}

uint16_t PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  const bool is_ipv6 = address.ss_family == AF_INET6;
  return ntohs(is_ipv6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                       : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

// True once the empty line behind the headers is there.
bool IsWhole(std::string_view request) {
  return request.find("\r\n\r\n") != std::string_view::npos ||
         request.find("\n\n") != std::string_view::npos;
}

// Empty for one that is too long.
std::string_view FirstLine(std::string_view request) {
  std::string_view line = request.substr(0, request.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line.size() <= HttpListener::kMaxLineBytes ? line : std::string_view();
}

}  // namespace

bool HttpListener::Bind(const std::string& host, uint16_t port, std::string* error) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failure != 0) {
    *error = gai_strerror(failure);
    return false;
  }
  for (const addrinfo* address = found; address != nullptr && socket_ < 0;
       address = address->ai_next) {
    socket_ = Listen(*address);
  }
  if (socket_ < 0) *error = std::strerror(errno);
  freeaddrinfo(found);
  if (socket_ >= 0) port_ = PortOf(socket_);
  return socket_ >= 0;
}

void HttpListener::Start(Answer answer) {
  answer_ = std::move(answer);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  thread_ = std::thread([this] { Run(); });
}

void HttpListener::Stop() {
  if (thread_.joinable()) {
    eventfd_write(wake_, 1);
    thread_.join();
  }
  for (int* const descriptor : {&socket_, &wake_}) {
    if (*descriptor >= 0) close(std::exchange(*descriptor, -1));
  }
}

void HttpListener::Run() {
  while (Wait()) {
    const Clock::time_point now = Clock::now();
    for (auto client = clients_.begin(); client != clients_.end();) {
      if (Serve(*client, now)) {
        ++client;
      } else {
        close(client->socket);
        client = clients_.erase(client);
      }
    }
    if (can_accept_) Accept(now);
  }
  for (const Client& client : clients_) close(client.socket);
  clients_.clear();
}

bool HttpListener::Wait() {
  const Clock::time_point now = Clock::now();
  std::array<pollfd, kMaxClients + 2> waited;
  size_t count = 0;
  waited[count++] = {wake_, POLLIN, 0};
  // poll() leaves negative ones out.
  waited[count++] = {now >= accepts_again_ ? socket_ : -1, POLLIN, 0};
  for (const Client& client : clients_) {
    const short events = client.phase == Phase::kWriting ? POLLOUT : POLLIN;
    waited[count++] = {client.socket, events, 0};
  }
  const bool polled = poll(waited.data(), count, WaitMs(now)) > 0;
  if (polled && waited[0].revents != 0) return false;
  can_accept_ = polled && waited[1].revents != 0;
  count = 2;
  for (Client& client : clients_) client.ready = polled ? waited[count++].revents : 0;
  return true;
}

int HttpListener::WaitMs(Clock::time_point now) const {
  if (clients_.empty() && now >= accepts_again_) return -1;
  Clock::time_point first = now >= accepts_again_ ? Clock::time_point::max() : accepts_again_;
  for (const Client& client : clients_) first = std::min(first, EndOf(client));
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(first - now);
  return static_cast<int>(std::max<int64_t>(left.count(), 0));
}

void HttpListener::Accept(Clock::time_point now) {
  const int accepted = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (accepted < 0) {
    // A client that has gone again is none; everything else is the machine's and may pass.
    if (!WouldBlock() && errno != ECONNABORTED) accepts_again_ = now + kAcceptPause;
    return;
  }
  if (clients_.size() == kMaxClients) {
    close(clients_.front().socket);
    clients_.pop_front();
  }
  clients_.push_back({.socket = accepted, .began = now, .bytes = {}});
}

bool HttpListener::Serve(Client& client, Clock::time_point now) {
  if (now >= EndOf(client)) return false;
  if (client.ready == 0) return true;
  switch (client.phase) {
    case Phase::kReading:
      return Read(client);
    case Phase::kWriting:
      return Write(client);
    case Phase::kEnding:
      return Discard(client);
  }
  return false;
}

bool HttpListener::Read(Client& client) {
  std::array<char, kReadBytes> buffer;
  const ssize_t received = recv(client.socket, buffer.data(), buffer.size(), 0);
  if (received <= 0) return received < 0 && WouldBlock();
  client.bytes.append(buffer.data(), static_cast<size_t>(received));
  const bool too_long = client.bytes.size() > kMaxRequestBytes;
  if (!too_long && !IsWhole(client.bytes)) return true;
  client.bytes = answer_(too_long ? std::string_view() : FirstLine(client.bytes));
  client.phase = Phase::kWriting;
  return Write(client);
}

bool HttpListener::Write(Client& client) {
  const ssize_t sent = send(client.socket, client.bytes.data() + client.written,
                            client.bytes.size() - client.written, MSG_NOSIGNAL);
  if (sent < 0) return WouldBlock();
  client.written += static_cast<size_t>(sent);
  if (client.written < client.bytes.size()) return true;
  std::string().swap(client.bytes);
  shutdown(client.socket, SHUT_WR);
  client.phase = Phase::kEnding;
  return true;
}

bool HttpListener::Discard(Client& client) {
  std::array<char, kReadBytes> buffer;
  const ssize_t received = recv(client.socket, buffer.data(), buffer.size(), 0);
  if (received <= 0) return received < 0 && WouldBlock();
  client.discarded += static_cast<size_t>(received);
  return client.discarded <= kMaxDiscardedBytes;
}

HttpListener::Clock::time_point HttpListener::EndOf(const Client& client) {
  return client.began + (client.phase == Phase::kReading ? kRequestTime : kConnectionTime);
}

}  // namespace ringcached::server
