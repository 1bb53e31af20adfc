// The command line of cache_simulation.

#ifndef RINGCACHED_BENCH_SIMULATION_OPTIONS_H_
#define RINGCACHED_BENCH_SIMULATION_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "bench/simulation/lazy_lru.h"
#include "bench/simulation/log_cache.h"
#include "bench/simulation/s3_fifo.h"
#include "bench/simulation/workload.h"

namespace ringcached::simulation {

enum class Policy : uint8_t { kLru, kFifoReinsertion, kS3Fifo, kSegmentedLru, kExactLru };

struct Options {
  std::string trace;              // empty: a live set is rewritten
  uint64_t max_ids = UINT64_MAX;  // of the trace
  std::string sizes;              // empty: `value_bytes`
  uint32_t value_bytes = 300;
  uint32_t max_value_bytes = 8 << 10;
  Policy policy = Policy::kLru;
  double cache_share = 0.1;     // of the bytes of all objects
  uint64_t capacity_bytes = 0;  // instead of the share; with it or without a trace
  uint64_t max_items = 0;       // for exact LRU, instead of bytes
  double live_share = 0.8;      // of the capacity, when rewriting
  RewriteOrder rewrite = RewriteOrder::kRandom;
  uint32_t rewrite_rounds = 10;
  WorkloadOptions workload;
  LogOptions log;
  LazyLruOptions lru;
  S3FifoOptions s3_fifo;
  bool compare = true;
};

// The options, or the exit status with which to leave: help was asked for or something is wrong,
// and has been printed.
std::variant<Options, int> ParseOptions(int argc, char** argv);

}  // namespace ringcached::simulation

#endif  // RINGCACHED_BENCH_SIMULATION_OPTIONS_H_
