// The command line of ringcached_load.

#ifndef RINGCACHED_BENCH_LOAD_OPTIONS_H_
#define RINGCACHED_BENCH_LOAD_OPTIONS_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

namespace ringcached::load {

struct Options {
  std::string host = "127.0.0.1";
  uint16_t port = 11211;
  size_t connections = 50;
  size_t idle_connections = 0;
  uint32_t pipeline = 1;
  uint64_t keys = 100'000;
  size_t value_bytes = 100;
  uint32_t sets = 1;  // sets : gets is the ratio of a random mix
  uint32_t gets = 10;
  double warmup_s = 1;
  double duration_s = 10;
  uint32_t reply_timeout_s = 10;
  uint64_t seed = 1;
  pid_t pid = 0;  // the server's; 0: not told
  bool preload = true;
  bool allow_misses = false;
};

// The options, or the exit status with which to leave: help was asked for or something is wrong,
// and has been printed.
std::variant<Options, int> ParseOptions(int argc, char** argv);

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_OPTIONS_H_
