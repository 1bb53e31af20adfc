// What a process has used so far, read from /proc.

#ifndef RINGCACHED_BENCH_LOAD_PROCESS_SAMPLE_H_
#define RINGCACHED_BENCH_LOAD_PROCESS_SAMPLE_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/status/statusor.h"

namespace ringcached::load {

struct ProcessSample {
  // Time on a CPU of all its threads, to the nanosecond.
  int64_t cpu_ns = 0;
  // The same as the kernel splits it, in its ticks of (usually) 10 ms.
  int64_t user_ns = 0;
  int64_t system_ns = 0;
  int64_t rss_kib = 0;
  int64_t rss_peak_kib = 0;  // since the process started
};

// REQUIRES: no thread of the process ends between two samples that are compared.
absl::StatusOr<ProcessSample> SampleProcess(pid_t pid);

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_PROCESS_SAMPLE_H_
