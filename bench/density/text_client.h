// One connection that sends a batch of requests and then takes all its replies.

#ifndef RINGCACHED_BENCH_DENSITY_TEXT_CLIENT_H_
#define RINGCACHED_BENCH_DENSITY_TEXT_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/io/descriptor.h"

namespace ringcached::density {

// Items with the numbers [first, first + count) and values of one size.
struct Batch {
  uint64_t first = 0;
  uint64_t count = 0;
  size_t value_bytes = 0;
};

struct BatchTally {
  uint64_t stored = 0;
  uint64_t refused = 0;  // sets that were answered with an error
  uint64_t right = 0;    // read back, every byte compared
  uint64_t wrong = 0;    // read back with other bytes
};

class TextClient {
 public:
  // Takes a connected socket.
  explicit TextClient(server::UniqueFd fd) : fd_(std::move(fd)) {}

  absl::Status SendSets(const Batch& batch);
  absl::Status TakeSetReplies(const Batch& batch, BatchTally& tally);
  // As gets of many keys.
  absl::Status SendGets(const Batch& batch);
  // An item that is in no reply is missing, which is no error.
  absl::Status TakeGetReplies(const Batch& batch, BatchTally& tally);

 private:
  absl::Status TakeGetReply(const Batch& asked, BatchTally& tally);
  absl::Status TakeValue(uint64_t number, size_t value_bytes, BatchTally& tally);
  absl::Status SendAll();
  absl::Status Wait(short events);
  // Until `bytes` are there to be taken.
  absl::Status Fill(size_t bytes);
  // The line's end is not in it. Valid until the next call.
  absl::Status TakeLine(std::string_view& line);

  std::string_view Unread() const { return std::string_view(received_).substr(taken_); }

  server::UniqueFd fd_;
  std::string requests_;
  std::string received_;
  size_t taken_ = 0;
  std::string expected_;  // scratch
};

}  // namespace ringcached::density

#endif  // RINGCACHED_BENCH_DENSITY_TEXT_CLIENT_H_
