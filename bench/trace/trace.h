// A trace of requests: which objects were asked for, in order.

#ifndef RINGCACHED_BENCH_TRACE_TRACE_H_
#define RINGCACHED_BENCH_TRACE_TRACE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace ringcached::trace {

struct Trace {
  std::vector<uint32_t> ids;  // in request order
  uint64_t key_count = 0;     // every id is below it
};

// Reads little-endian 32-bit ids up to the end of `path`, or of the standard input if that is "-".
// An empty trace, or one that ends within an id, is an error.
absl::StatusOr<Trace> ReadTrace(const std::string& path);

// Leaves at most the first `max_ids`.
void Truncate(uint64_t max_ids, Trace& trace);

}  // namespace ringcached::trace

#endif  // RINGCACHED_BENCH_TRACE_TRACE_H_
