// A reactor with its connections and sessions over the simulated ring, under faults: everything
// that happens follows from a seed.
//
// What must hold, whatever the ring does:
// - no rule of ring.h is broken;
// - every client is told every reply, whole, in order, and nothing else, as far as it is not reset;
// - the cache keeps its budget;
// - when all have left, no slot, connection or buffer of one is left, and of the cache's memory
//   nothing is held when it has been flushed: no pin is lost.

#ifndef RINGCACHED_TESTS_SIMULATION_SIMULATION_H_
#define RINGCACHED_TESTS_SIMULATION_SIMULATION_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "tests/sim/faults.h"

namespace ringcached::simulation {

// A seed goes on for at least so many completions of the ring.
inline constexpr uint64_t kLeastEvents = 1000;

struct Outcome {
  std::string failure;  // empty if everything held
  uint64_t steps = 0;
  uint64_t events = 0;  // completions
  uint64_t clients = 0;
  uint64_t clock_jumps = 0;
  server::FaultCounters faults;
};

// `step` follows it, for whoever is told that it has crashed.
Outcome Simulate(uint64_t seed, std::atomic<uint64_t>* step);

}  // namespace ringcached::simulation

#endif  // RINGCACHED_TESTS_SIMULATION_SIMULATION_H_
