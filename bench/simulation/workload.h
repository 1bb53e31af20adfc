// What a look-aside client asks of a cache: each request of a trace is a get, and a set if that
// misses.

#ifndef RINGCACHED_BENCH_SIMULATION_WORKLOAD_H_
#define RINGCACHED_BENCH_SIMULATION_WORKLOAD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "bench/simulation/cache.h"
#include "bench/trace/size_model.h"
#include "bench/trace/trace.h"

namespace ringcached::simulation {

struct WorkloadOptions {
  // The trace is replayed by so many clients in lockstep, each with objects of its own.
  uint32_t copies = 1;
  double overwrite_share = 0;  // of the requests, which are sets without a get
  double ttl_share = 0;        // of the objects, which expire after 1/50 or 1/10 of the trace
};

// Bytes of each object of all copies: value, key and header, in units of 4.
std::vector<uint32_t> ObjectBytes(uint64_t objects, const trace::SizeModel& sizes);

struct Outcome {
  uint64_t gets = 0;
  uint64_t misses = 0;
  // Means over the time since something first had to go; at the end if nothing had.
  double mean_items = 0;
  double mean_bytes = 0;

  double MissRatio() const { return static_cast<double>(misses) / static_cast<double>(gets); }
};

Outcome Replay(const trace::Trace& trace, const WorkloadOptions& options, Cache& cache);

enum class RewriteOrder : uint8_t {
  kRandom,
  kInOrder,
  kHot
};  // hot: 90 % to a tenth of the objects

struct RewriteOutcome {
  uint64_t sets = 0;
  uint64_t lost = 0;  // sets of objects that were no longer held
};

// Sets objects [0, objects) and then `rounds` times as many of them again.
RewriteOutcome Rewrite(uint64_t objects, uint32_t rounds, RewriteOrder order, Cache& cache);

}  // namespace ringcached::simulation

#endif  // RINGCACHED_BENCH_SIMULATION_WORKLOAD_H_
