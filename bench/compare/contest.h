// One load, on all servers in short slices: in every round each server once, in random order, so
// that what the machine does meanwhile hits all alike, and compared within the round.

#ifndef RINGCACHED_BENCH_COMPARE_CONTEST_H_
#define RINGCACHED_BENCH_COMPARE_CONTEST_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/compare/contestant.h"
#include "bench/compare/loads.h"

namespace ringcached::compare {

struct ContestOptions {
  size_t rounds = 9;
  double slice_s = 0.15;
  // Of a load whose figure is a high percentile, which needs many requests.
  double latency_slice_s = 1;
  uint64_t seed = 1;
  uint32_t check_every = 100;
};

struct Field {
  Server judged;
  Server reference;
  std::vector<Server> floors;
};

// A figure of each round, in the order of the rounds.
struct Figures {
  std::vector<double> judged = {};
  std::vector<double> reference = {};
  std::vector<double> floor = {};  // the cheapest server's; empty without a target
  double rate = 0;                 // requests a second of an open loop
};

absl::StatusOr<Figures> Compare(const Field& field, const Load& load, const Store& store,
                                const ContestOptions& options);

}  // namespace ringcached::compare

#endif  // RINGCACHED_BENCH_COMPARE_CONTEST_H_
