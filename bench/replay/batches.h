// Cuts the requests of a trace, replayed by interleaved copies, into batches in which no object
// occurs twice: whether a request of a batch hits does not depend on the others.

#ifndef RINGCACHED_BENCH_REPLAY_BATCHES_H_
#define RINGCACHED_BENCH_REPLAY_BATCHES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/trace/trace.h"

namespace ringcached::replay {

class Batches {
 public:
  // Copy c of id i is object i * copies + c, as in cache_simulation. A batch holds all copies of
  // one id or more, as long as those are at most `max_requests`. `trace` outlives the batches.
  Batches(const trace::Trace& trace, uint32_t copies, size_t max_requests);

  // The next batch, empty at the end. Valid until the next call.
  const std::vector<uint64_t>& Next();

 private:
  const trace::Trace& trace_;
  const uint32_t copies_;
  const size_t max_requests_;
  size_t position_ = 0;               // in the trace
  uint64_t batch_ = 0;                // number of the last one
  std::vector<uint64_t> last_batch_;  // in which each id occurred
  std::vector<uint64_t> objects_;
};

}  // namespace ringcached::replay

#endif  // RINGCACHED_BENCH_REPLAY_BATCHES_H_
