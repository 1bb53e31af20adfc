// A connection of which one waits for what one needs.

#ifndef RINGCACHED_BENCH_REPLAY_STREAM_H_
#define RINGCACHED_BENCH_REPLAY_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/io/descriptor.h"

namespace ringcached::replay {

class Stream {
 public:
  // `fd`: a connected, non-blocking socket. Nothing waits longer than `timeout_ms` for the peer.
  Stream(server::UniqueFd fd, int timeout_ms) : fd_(std::move(fd)), timeout_ms_(timeout_ms) {}

  absl::Status Send(std::string_view bytes);
  // Both are valid until the next call.
  // Up to and without "\r\n".
  absl::StatusOr<std::string_view> ReceiveLine();
  absl::StatusOr<std::string_view> Receive(size_t bytes);

 private:
  absl::Status WaitFor(short events);
  absl::Status ReceiveMore();
  std::string_view unread() const { return std::string_view(received_).substr(read_bytes_); }

  server::UniqueFd fd_;
  const int timeout_ms_;
  std::string received_;
  size_t read_bytes_ = 0;  // of received_
};

}  // namespace ringcached::replay

#endif  // RINGCACHED_BENCH_REPLAY_STREAM_H_
