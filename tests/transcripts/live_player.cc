#include "tests/transcripts/live_player.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <memory>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "tests/transcripts/player.h"
#include "tests/transcripts/wire.h"

namespace ringcached::transcripts {
namespace {

constexpr size_t kReadBytes = 65536;

absl::Status FromErrno(const char* what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", std::strerror(errno)));
}

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Addresses NumericAddress(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* addresses = nullptr;
  const std::string service = std::to_string(port);
  if (getaddrinfo(host.c_str(), service.c_str(), &hints, &addresses) != 0) return nullptr;
  return Addresses(addresses);
}

class SocketWire final : public Wire {
 public:
  explicit SocketWire(Addresses address) : address_(std::move(address)) {}
  SocketWire(const SocketWire&) = delete;
  SocketWire& operator=(const SocketWire&) = delete;
  ~SocketWire() override { Close(); }

  absl::Status Open() override {
    Close();
    socket_ = socket(address_->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return FromErrno("socket");
    if (connect(socket_, address_->ai_addr, address_->ai_addrlen) != 0 && errno != EINTR) {
      return FromErrno("connect");
    }
    // One that was interrupted goes on by itself.
    if (!WaitFor(POLLOUT)) return absl::DeadlineExceededError("connect");
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return absl::OkStatus();
  }

  absl::Status Send(std::string_view bytes) override {
    while (!bytes.empty()) {
      if (!WaitFor(POLLOUT)) return absl::DeadlineExceededError("the server takes no bytes");
      const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) return FromErrno("send");
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return absl::OkStatus();
  }

  Arrival Receive(std::string* received) override {
    if (!WaitFor(POLLIN)) return Arrival::kNothing;
    const size_t before = received->size();
    received->resize(before + kReadBytes);
    ssize_t bytes = recv(socket_, received->data() + before, kReadBytes, 0);
    while (bytes < 0 && errno == EINTR) {
      bytes = recv(socket_, received->data() + before, kReadBytes, 0);
    }
    received->resize(before + static_cast<size_t>(bytes > 0 ? bytes : 0));
    // A reset is a close too: the server did not read all that was sent.
    return bytes > 0 ? Arrival::kBytes : Arrival::kClosed;
  }

  int64_t UnixSeconds() const override { return std::time(nullptr); }

  absl::Status AdvanceClock(uint32_t) override {
    return absl::UnimplementedError("the clock of a live server cannot be moved");
  }

 private:
  bool WaitFor(short events) const {
    pollfd wanted{socket_, events, 0};
    int ready = poll(&wanted, 1, kReplyDeadlineMs);
    // A thread that probed for io_uring is interrupted when the kernel takes the ring down.
    while (ready < 0 && errno == EINTR) ready = poll(&wanted, 1, kReplyDeadlineMs);
    return ready == 1;
  }

  void Close() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

  const Addresses address_;
  int socket_ = -1;
};

}  // namespace

absl::Status PlayLive(const Transcript& transcript, const std::string& host, uint16_t port) {
  Addresses address = NumericAddress(host, port);
  if (address == nullptr) return absl::InvalidArgumentError("not a numeric address: " + host);
  SocketWire wire(std::move(address));
  return Play(transcript, wire);
}

}  // namespace ringcached::transcripts
