// A process's resident memory, read from /proc.

#ifndef RINGCACHED_BENCH_DENSITY_MEMORY_SAMPLE_H_
#define RINGCACHED_BENCH_DENSITY_MEMORY_SAMPLE_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/status/statusor.h"

namespace ringcached::density {

struct MemorySample {
  // Exact, by a walk over the page tables (smaps_rollup): transparent huge pages are in it, and
  // those of hugetlbfs, which the kernel leaves out of Rss, are added.
  int64_t rss_kib = 0;
  int64_t huge_kib = 0;     // of these, in huge pages of either kind
  int64_t vm_rss_kib = 0;   // the kernel's counter, which may lag behind
  int64_t vm_peak_kib = 0;  // the highest vm_rss_kib since the process started
};

absl::StatusOr<MemorySample> SampleMemory(pid_t pid);

}  // namespace ringcached::density

#endif  // RINGCACHED_BENCH_DENSITY_MEMORY_SAMPLE_H_
