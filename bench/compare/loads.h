// The loads of the comparison and what is wanted of each: README.md has the reasons.

#ifndef RINGCACHED_BENCH_COMPARE_LOADS_H_
#define RINGCACHED_BENCH_COMPARE_LOADS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/protocol.h"
#include "bench/load/workload.h"

namespace ringcached::compare {

// What a server holds before it is loaded.
struct Store {
  std::string_view name;
  uint64_t keys;
  size_t value_bytes;
};

// "small" and "large" fit into the servers' memory, "full" does not; compare.sh starts servers to
// suit.
const std::vector<Store>& Stores();
// Null if there is none of the name.
const Store* FindStore(std::string_view name);

enum class Figure : uint8_t {
  kCpu,   // the server's CPU time, microseconds a key
  kP999,  // of the latencies, microseconds
};

// More over the floor than this is too much: a factor, or microseconds beside it.
struct FloorTarget {
  double factor = 1;
  double plus_us = 0;
};

struct Load {
  std::string_view name;
  std::string_view store = "small";
  load::Dialect dialect = load::Dialect::kText;
  size_t connections = 50;
  uint32_t pipeline = 1;
  load::Mix mix = {.sets = 0, .gets = 1};
  bool one_key = false;  // asks for the first key of the store alone
  bool absent = false;   // asks for keys that the store lacks
  // Of an open loop: the rate, as a share of what the reference does in a closed loop.
  double rate_share = 0;
  Figure figure = Figure::kCpu;
  double at_most = 1;  // of the reference's figure
  std::optional<FloorTarget> floor = {};
};

const std::vector<Load>& Loads();

}  // namespace ringcached::compare

#endif  // RINGCACHED_BENCH_COMPARE_LOADS_H_
