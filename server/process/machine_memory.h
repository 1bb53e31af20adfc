// How much memory the machine has and how much of it this process may use, and what that means for
// the memory limit.

#ifndef RINGCACHED_SERVER_PROCESS_MACHINE_MEMORY_H_
#define RINGCACHED_SERVER_PROCESS_MACHINE_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace ringcached::server {

struct MachineMemory {
  uint64_t ram_bytes = 0;        // 0: unknown
  uint64_t cgroup_bytes = 0;     // the lowest limit of our control groups; 0: none is known
  std::string cgroup_file = {};  // where that limit stands
};

// Reads /proc and /sys/fs/cgroup below `root`, which is "" but in tests: versions 1 and 2 of
// control groups, our own and those above it. What cannot be read counts as unknown.
MachineMemory ReadMachineMemory(const std::string& root);

// What cache_memlimit may raise a limit to: eight times as much or all of the machine, but no more
// than 64 times as much, since tables are reserved for it.
size_t MaxMemoryLimitBytes(size_t limit_bytes, const MachineMemory& machine);

// What a process with this limit may come to: the limit is kept within 5 % and 8 MiB.
uint64_t MostResidentBytes(size_t limit_bytes);

// A line for people if the control groups do not allow what a process with this limit may come to,
// or the machine has less memory than the limit; else empty.
std::string MemoryLimitWarning(size_t limit_bytes, const MachineMemory& machine);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_MACHINE_MEMORY_H_
