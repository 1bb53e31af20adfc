#include "bench/replay/stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace ringcached::replay {
namespace {

constexpr size_t kReceiveBytes = size_t{64} << 10;
constexpr std::string_view kLineEnd = "\r\n";

bool NotReady() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

absl::Status Stream::WaitFor(short events) {
  pollfd wanted{.fd = fd_.get(), .events = events, .revents = 0};
  const int ready = poll(&wanted, 1, timeout_ms_);
  if (ready > 0 || (ready < 0 && errno == EINTR)) return absl::OkStatus();
  if (ready < 0) return absl::ErrnoToStatus(errno, "poll");
  return absl::DeadlineExceededError("the server is silent");
}

absl::Status Stream::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
      continue;
    }
    if (!NotReady()) return absl::ErrnoToStatus(errno, "send");
    if (absl::Status waited = WaitFor(POLLOUT); !waited.ok()) return waited;
  }
  return absl::OkStatus();
}

absl::Status Stream::ReceiveMore() {
  received_.erase(0, read_bytes_);
  read_bytes_ = 0;
  std::array<char, kReceiveBytes> buffer;
  while (true) {
    const ssize_t count = recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (count == 0) return absl::UnavailableError("the server closed the connection");
    if (count > 0) {
      received_.append(buffer.data(), static_cast<size_t>(count));
      return absl::OkStatus();
    }
    if (!NotReady()) return absl::ErrnoToStatus(errno, "recv");
    if (absl::Status waited = WaitFor(POLLIN); !waited.ok()) return waited;
  }
}

absl::StatusOr<std::string_view> Stream::ReceiveLine() {
  size_t end = unread().find(kLineEnd);
  while (end == std::string_view::npos) {
    if (absl::Status status = ReceiveMore(); !status.ok()) return status;
    end = unread().find(kLineEnd);
  }
  const std::string_view line = unread().substr(0, end);
  read_bytes_ += end + kLineEnd.size();
  return line;
}

absl::StatusOr<std::string_view> Stream::Receive(size_t bytes) {
  while (unread().size() < bytes) {
    if (absl::Status status = ReceiveMore(); !status.ok()) return status;
  }
  const std::string_view received = unread().substr(0, bytes);
  read_bytes_ += bytes;
  return received;
}

}  // namespace ringcached::replay
