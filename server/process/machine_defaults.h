// What the settings are that nobody has given, on this machine and in this control group.

#ifndef RINGCACHED_SERVER_PROCESS_MACHINE_DEFAULTS_H_
#define RINGCACHED_SERVER_PROCESS_MACHINE_DEFAULTS_H_

#include <cstddef>
#include <cstdint>

#include "server/config/settings.h"
#include "server/process/machine_cpus.h"
#include "server/process/machine_memory.h"

namespace ringcached::server {

// The memory limit that a control group's limit leaves:
//
//     0.8 * (group_bytes - 20 MiB)        in whole MiB, at least 8 MiB
//
// The process may come to its limit, 5 % and 8 MiB (MostResidentBytes()); the admin module adds up
// to 4 MiB, and what the kernel keeps for the process and charges to the group comes beside that.
// The 20 MiB are what any server needs, however little it caches: those 8, these 4, and 8 for
// rings, threads, and the sockets of connections at rest. Of what is then left 84 % (0.8 * 1.05)
// are the process; the other 16 % are for what grows with the load: sockets' buffers, of which a
// client that reads slowly fills megabytes, page tables (1/512 of what is mapped), and files' pages
// that are being read. 1 GiB gives 803 MiB, 160 KiB for each of 1024 connections.
//
// 8 MiB is the least with which a server of 16 threads has been seen to keep its promise. A group
// of less than 30 MiB gets it too, and a warning where that may be too much (MemoryLimitWarning()).
size_t MemoryLimitInGroup(uint64_t group_bytes);

// The defaults, except: in a control group whose limit is below the machine's memory, the limit
// that it leaves; where there are fewer processors than the usual threads, one thread for each.
Settings MachineDefaults(const MachineMemory& memory, const MachineCpus& cpus);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_MACHINE_DEFAULTS_H_
