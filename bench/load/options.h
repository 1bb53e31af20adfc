// The command line of ringcached_load.

#ifndef RINGCACHED_BENCH_LOAD_OPTIONS_H_
#define RINGCACHED_BENCH_LOAD_OPTIONS_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "bench/load/protocol.h"
#include "bench/load/workload.h"

namespace ringcached::load {

struct Options {
  std::string host = "127.0.0.1";
  uint16_t port = 11211;
  size_t connections = 50;
  size_t idle_connections = 0;
  uint32_t pipeline = 1;
  uint64_t keys = 100'000;
  size_t value_bytes = 100;
  Dialect dialect = Dialect::kText;
  Mix mix;
  // Requests a second of an open loop; 0: a closed loop.
  double rate = 0;
  // One reply in so many is looked at byte by byte.
  uint32_t check_every = 1;
  // All connections are open and nothing is asked, before anything else is measured.
  double idle_time_s = 0;
  double warmup_s = 1;
  double duration_s = 10;
  uint32_t reply_timeout_s = 10;
  uint64_t seed = 1;
  pid_t pid = 0;  // the server's; 0: not told
  bool preload = true;
  bool allow_misses = false;
  bool absent_keys = false;  // asks for keys that nobody sets
  bool lines = false;        // the report for programs
};

// The options, or the exit status with which to leave: help was asked for or something is wrong,
// and has been printed.
std::variant<Options, int> ParseOptions(int argc, char** argv);

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_OPTIONS_H_
