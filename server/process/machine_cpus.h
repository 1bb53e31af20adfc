// How many processors this process may use.

#ifndef RINGCACHED_SERVER_PROCESS_MACHINE_CPUS_H_
#define RINGCACHED_SERVER_PROCESS_MACHINE_CPUS_H_

#include <cstdint>
#include <string>

namespace ringcached::server {

struct MachineCpus {
  uint64_t affinity = 0;  // processors that we may run on; 0: unknown
  // The lowest quota of our control groups in whole processors, part of one counting as one; 0:
  // none is known.
  uint64_t quota = 0;

  // The fewer of both, at least 1; 0: unknown.
  uint64_t usable() const;
};

// Reads /proc and /sys/fs/cgroup below `root`, which is "" but in tests: versions 1 and 2 of
// control groups, our own and those above it. What cannot be read counts as unknown. The affinity
// is always the calling thread's.
MachineCpus ReadMachineCpus(const std::string& root);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_MACHINE_CPUS_H_
