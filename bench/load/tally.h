// What came of the requests of a phase.

#ifndef RINGCACHED_BENCH_LOAD_TALLY_H_
#define RINGCACHED_BENCH_LOAD_TALLY_H_

#include <cstdint>
#include <string>

#include "bench/load/histogram.h"

namespace ringcached::load {

struct Tally {
  uint64_t gets = 0;  // answered, misses included
  uint64_t sets = 0;
  uint64_t keys = 0;    // asked for or set
  uint64_t misses = 0;  // of these
  // Of an open loop: due before its end, but never asked because too much was in flight.
  uint64_t unsent_requests = 0;
  uint64_t wrong_replies = 0;     // each ends its connection
  uint64_t lost_replies = 0;      // asked for, never answered
  uint64_t lost_connections = 0;  // ended by the server, or by us after a wrong reply
  Histogram latency;
  int64_t elapsed_ns = 0;
  std::string first_error;

  uint64_t answered() const { return gets + sets; }
  bool clean() const { return wrong_replies == 0 && lost_replies == 0 && lost_connections == 0; }
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_TALLY_H_
