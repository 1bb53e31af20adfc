// What the system lets one process have, against what the settings need of it.

#ifndef RINGCACHED_SERVER_PROCESS_LIMITS_H_
#define RINGCACHED_SERVER_PROCESS_LIMITS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/config/settings.h"

namespace ringcached::server {

// Descriptors that a server with so many threads needs beside those of its connections: rings,
// listeners, clients that are being turned away, files.
uint64_t ReservedDescriptors(int threads);

// Raises RLIMIT_NOFILE and, for io_uring, RLIMIT_MEMLOCK to what `settings` need, as far as that is
// allowed, and lowers settings.max_connections to what is then possible. Returns a line for people
// about each thing that is less than asked. ResourceExhausted if not one connection is possible.
absl::StatusOr<std::vector<std::string>> FitResourceLimits(Settings& settings);

// Keeps what memory the process has and will have from being swapped out, as it is used. Raises
// RLIMIT_MEMLOCK first, where that is allowed. The error says why that is not possible.
absl::Status LockMemory();

// Lets a crash leave a core file of any size, in spite of a change of user. ResourceExhausted if
// the system forbids core files.
absl::Status EnableCoreDumps();

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_LIMITS_H_
