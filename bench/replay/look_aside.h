// A look-aside client of a server that speaks the text protocol: it gets each object, and sets
// those that it missed.

#ifndef RINGCACHED_BENCH_REPLAY_LOOK_ASIDE_H_
#define RINGCACHED_BENCH_REPLAY_LOOK_ASIDE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/replay/object_space.h"
#include "bench/replay/stream.h"

namespace ringcached::replay {

struct Counts {
  uint64_t gets = 0;
  uint64_t misses = 0;
  uint64_t sets = 0;
  uint64_t refused_sets = 0;  // answered SERVER_ERROR
};

class LookAside {
 public:
  // Both outlive the client.
  LookAside(const ObjectSpace& objects, Stream& stream) : objects_(objects), stream_(stream) {}

  // Gets each object of the batch. The sets of what is missed are sent before the gets of the next
  // batch, on the same connection, so the server has them in that order. Any reply but the only
  // right ones is an error.
  // REQUIRES: no object occurs twice.
  absl::Status Ask(const std::vector<uint64_t>& batch);
  // Sends the sets of the last batch.
  absl::Status Finish() { return Ask({}); }

  const Counts& counts() const { return counts_; }

 private:
  void ComposeSet(uint64_t object);
  absl::Status TakeSetReply();
  absl::StatusOr<bool> TakeGetReply(uint64_t object);

  const ObjectSpace& objects_;
  Stream& stream_;
  std::string outgoing_;
  std::string expected_;          // scratch
  std::vector<uint64_t> missed_;  // to be set
  Counts counts_;
};

}  // namespace ringcached::replay

#endif  // RINGCACHED_BENCH_REPLAY_LOOK_ASIDE_H_
