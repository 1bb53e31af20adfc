// What the kernel says about the calling thread, to tell waiting from work.

#ifndef RINGCACHED_BENCH_STORAGE_THREAD_USAGE_H_
#define RINGCACHED_BENCH_STORAGE_THREAD_USAGE_H_

#include <cstdint>

namespace ringcached::storage {

struct ThreadUsage {
  int64_t cpu_ns = 0;
  int64_t switches = 0;  // taken off the processor, of its own will or not
  int64_t faults = 0;    // page faults, answered without I/O
};

ThreadUsage UsageOfThisThread();
ThreadUsage operator-(const ThreadUsage& a, const ThreadUsage& b);
ThreadUsage& operator+=(ThreadUsage& a, const ThreadUsage& b);

// Time that the hypervisor kept all our processors from running although they had work, as far as
// it tells; in the kernel's ticks of (usually) 10 ms.
int64_t StolenNs();

}  // namespace ringcached::storage

#endif  // RINGCACHED_BENCH_STORAGE_THREAD_USAGE_H_
