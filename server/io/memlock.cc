#include "server/io/memlock.h"

#include <sys/resource.h>

#include <cerrno>
#include <limits>

#include "absl/strings/str_cat.h"

namespace ringcached::server {

uint64_t LockableBytes() {
  rlimit limit = {};
  const bool known = ::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_max != RLIM_INFINITY;
  return known ? limit.rlim_max : std::numeric_limits<uint64_t>::max();
}

bool RaiseMemlockLimit() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return false;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_MEMLOCK, &limit) == 0;
}

absl::Status LockedMemoryStatus(int error_number, absl::string_view what) {
  if (error_number != ENOMEM) return absl::ErrnoToStatus(error_number, what);
  return absl::ResourceExhaustedError(
      absl::StrCat(what, ": not enough memory may be locked; raise RLIMIT_MEMLOCK (ulimit -l)"));
}

}  // namespace ringcached::server
