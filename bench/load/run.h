// A whole run: preload, open all connections, warm up, measure, ask each connection once more.

#ifndef RINGCACHED_BENCH_LOAD_RUN_H_
#define RINGCACHED_BENCH_LOAD_RUN_H_

#include <optional>

#include "absl/status/statusor.h"
#include "bench/load/options.h"
#include "bench/load/process_sample.h"
#include "bench/load/tally.h"

namespace ringcached::load {

// The server's process at the ends of the phases.
struct ServerSamples {
  ProcessSample start;   // before our first connection
  ProcessSample opened;  // all connections open and answered, keys preloaded
  ProcessSample idle;    // behind the time in which nothing was asked; `opened` is in front of it
  ProcessSample before;  // the measured time
  ProcessSample after;
  ProcessSample end;  // all connections still open, each answered once more
};

struct Result {
  // Everything that is not measured: preload, first and last gets, warm-up.
  Tally other;
  Tally measured;
  std::optional<ServerSamples> server;  // if options.pid told
};

// Fails if the server cannot be reached or looked at; wrong and lost replies are in the result.
absl::StatusOr<Result> Run(const Options& options);

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_RUN_H_
