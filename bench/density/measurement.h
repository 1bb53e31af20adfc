// A measurement of a server: fills it past its limit, with values of one size or of several one
// after the other, and then reads everything back.

#ifndef RINGCACHED_BENCH_DENSITY_MEASUREMENT_H_
#define RINGCACHED_BENCH_DENSITY_MEASUREMENT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/density/memory_sample.h"
#include "bench/density/text_client.h"

namespace ringcached::density {

struct Options {
  uint16_t port = 0;
  pid_t pid = 0;
  std::vector<size_t> value_bytes = {64};  // one fill each, in this order
  size_t limit_mib = 256;                  // the server's
  double fill = 1.6;                       // keys and values stored in each fill, in limits
  size_t connections = 4;
};

// Of one fill.
struct FillResult {
  size_t value_bytes = 0;
  uint64_t keys = 0;
  BatchTally tally;
  int64_t fill_highest_kib = 0;  // of samples while it was written
  MemorySample filled;           // behind its last store
};

struct Result {
  MemorySample start;
  std::vector<FillResult> fills;
  MemorySample end;              // everything read back
  int64_t read_highest_kib = 0;  // from the end of the fills to the end
  int64_t highest_kib = 0;       // of all samples and the kernel's own highest
};

absl::StatusOr<Result> Measure(const Options& options);

// The result as lines of "name value".
std::string Report(const Result& result);

// Whether no value was wrong and something was found.
bool Passed(const Result& result);

}  // namespace ringcached::density

#endif  // RINGCACHED_BENCH_DENSITY_MEASUREMENT_H_
