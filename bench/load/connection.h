// One client connection: requests in flight, in order, and the bytes on their way out and in.

#ifndef RINGCACHED_BENCH_LOAD_CONNECTION_H_
#define RINGCACHED_BENCH_LOAD_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/load/request.h"
#include "server/io/descriptor.h"

namespace ringcached::load {

enum class IoResult : uint8_t {
  kDone,     // everything was sent, or something was received
  kBlocked,  // the rest has to wait until the socket is ready
  kClosed,   // ended by the server, or broken
};

struct PendingRequest {
  Request request;
  int64_t start_ns;
};

class Connection {
 public:
  explicit Connection(server::UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  bool open() const { return fd_.valid(); }
  size_t in_flight() const { return pending_.size() - oldest_; }

  // Send() sends what was appended here. AddPending() belongs to each request.
  std::string& outgoing() { return outgoing_; }
  void AddPending(const PendingRequest& pending);
  IoResult Send();

  // Receives up to 64 KiB. What is left is announced again by a level-triggered epoll.
  IoResult Receive();
  std::string_view received() const { return received_; }
  void Consume(size_t bytes) { received_.erase(0, bytes); }

  // REQUIRES of both: in_flight() > 0.
  const PendingRequest& oldest_pending() const { return pending_[oldest_]; }
  void PopPending();

  // Forgets what is in flight and closes.
  void Close();

 private:
  server::UniqueFd fd_;
  std::string outgoing_;
  size_t sent_bytes_ = 0;  // of outgoing_
  std::string received_;
  std::vector<PendingRequest> pending_;
  size_t oldest_ = 0;  // in pending_; what is before it has been answered
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_CONNECTION_H_
