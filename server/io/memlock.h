// RLIMIT_MEMLOCK, to which kernels charge rings and their tables.

#ifndef RINGCACHED_SERVER_IO_MEMLOCK_H_
#define RINGCACHED_SERVER_IO_MEMLOCK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace ringcached::server {

// The hard limit in bytes, which all rings of a user share; the greatest value where there is none.
uint64_t LockableBytes();

// Raises the soft limit as far as the hard one allows. True if that changed it.
bool RaiseMemlockLimit();

// The status of a failed set-up step; a lack of lockable memory (ENOMEM) is ResourceExhausted and
// says what to raise. REQUIRES: error_number != 0.
absl::Status LockedMemoryStatus(int error_number, absl::string_view what);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_MEMLOCK_H_
