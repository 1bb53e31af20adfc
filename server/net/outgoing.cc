#include "server/net/outgoing.h"

#include <algorithm>
#include <cassert>
#include <string_view>
#include <utility>

namespace ringcached::server {

const msghdr* Outgoing::Begin() {
  message_ = {};
  message_.msg_iov = pieces_.data();
  sink_.VisitPieces([this](std::string_view piece) {
    // The kernel reads through this pointer only; iovec has no const form.
    pieces_[message_.msg_iovlen++] = {const_cast<char*>(piece.data()), piece.size()};
  });
  assert(message_.msg_iovlen > 0);
  return &message_;
}

const msghdr* Outgoing::Advance(size_t bytes) {
  while (bytes > 0) {
    iovec& piece = *message_.msg_iov;
    const size_t taken = std::min(bytes, piece.iov_len);
    piece.iov_base = static_cast<char*>(piece.iov_base) + taken;
    piece.iov_len -= taken;
    bytes -= taken;
    if (piece.iov_len > 0) break;
    ++message_.msg_iov;
    --message_.msg_iovlen;
  }
  assert(bytes == 0);
  return message_.msg_iovlen == 0 ? nullptr : &message_;
}

void Outgoing::Clear() { sink_.Clear(); }

std::unique_ptr<Outgoing> OutgoingPool::Take() {
  if (spares_.empty()) return std::make_unique<Outgoing>();
  std::unique_ptr<Outgoing> outgoing = std::move(spares_.back());
  spares_.pop_back();
  spare_bytes_ -= outgoing->bytes();
  return outgoing;
}

void OutgoingPool::GiveBack(std::unique_ptr<Outgoing> outgoing) {
  outgoing->Clear();
  if (spares_.size() < kMaxSpares && outgoing->sink().capacity_bytes() <= kMaxSpareBytes) {
    spare_bytes_ += outgoing->bytes();
    spares_.push_back(std::move(outgoing));
  }
}

}  // namespace ringcached::server
