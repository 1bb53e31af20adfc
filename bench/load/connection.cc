#include "bench/load/connection.h"

#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>

namespace ringcached::load {
namespace {

constexpr size_t kReceiveBytes = size_t{64} << 10;

IoResult FailedCall() {
  const bool not_ready = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return not_ready ? IoResult::kBlocked : IoResult::kClosed;
}

}  // namespace

void Connection::AddPending(const PendingRequest& pending) {
  const bool full = pending_.size() == pending_.capacity();
  if (full && oldest_ > 0) {
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<ptrdiff_t>(oldest_));
    oldest_ = 0;
  }
  pending_.push_back(pending);
}

void Connection::PopPending() {
  assert(in_flight() > 0);
  ++oldest_;
  if (oldest_ < pending_.size()) return;
  pending_.clear();
  oldest_ = 0;
}

IoResult Connection::Send() {
  while (sent_bytes_ < outgoing_.size()) {
    const ssize_t sent = send(fd(), outgoing_.data() + sent_bytes_, outgoing_.size() - sent_bytes_,
                              MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return FailedCall();
    sent_bytes_ += static_cast<size_t>(sent);
  }
  outgoing_.clear();
  sent_bytes_ = 0;
  return IoResult::kDone;
}

IoResult Connection::Receive() {
  std::array<char, kReceiveBytes> buffer;
  const ssize_t count = recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0) return FailedCall();
  if (count == 0) return IoResult::kClosed;
  received_.append(buffer.data(), static_cast<size_t>(count));
  return IoResult::kDone;
}

void Connection::Close() {
  fd_.Reset();
  pending_.clear();
  oldest_ = 0;
}

}  // namespace ringcached::load
