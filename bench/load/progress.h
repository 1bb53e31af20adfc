// Says every second on the terminal how a phase goes; where the standard error stream is no
// terminal, nothing.

#ifndef RINGCACHED_BENCH_LOAD_PROGRESS_H_
#define RINGCACHED_BENCH_LOAD_PROGRESS_H_

#include <cstdint>
#include <string>

#include "bench/load/tally.h"

namespace ringcached::load {

class Progress {
 public:
  // A phase of this name that begins at this time of NowNs() and takes so many seconds.
  Progress(std::string phase, int64_t start_ns, double seconds);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Show(const Tally& tally, int64_t now_ns);

 private:
  const std::string phase_;
  const int64_t start_ns_;
  const double seconds_;
  const bool on_terminal_;
  int64_t next_ns_;
  uint64_t answered_ = 0;  // when it was shown last
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_PROGRESS_H_
