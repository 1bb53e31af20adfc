#include "server/process/limits.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringcached::server {
namespace {

constexpr uint64_t kReservedDescriptorsPerProcess = 64;
constexpr uint64_t kReservedDescriptorsPerThread = 4;
// Queues and receive buffers of one ring, on kernels that charge them to the limit.
constexpr uint64_t kLockedBytesPerRing = uint64_t{1} << 20;

using Resource = decltype(RLIMIT_NOFILE);

// The limit afterwards, which is at least `wanted` if that is allowed.
uint64_t Raise(Resource resource, uint64_t wanted) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur >= wanted) return limit.rlim_cur;
  const rlimit enough{wanted, std::max<rlim_t>(wanted, limit.rlim_max)};
  if (setrlimit(resource, &enough) == 0) return wanted;
  const rlimit allowed{std::min<rlim_t>(wanted, limit.rlim_max), limit.rlim_max};
  return setrlimit(resource, &allowed) == 0 ? allowed.rlim_cur : limit.rlim_cur;
}

std::string FewerConnections(uint64_t descriptors, uint64_t asked, uint64_t possible) {
  return "only " + std::to_string(descriptors) +
         " open files are allowed (RLIMIT_NOFILE, ulimit -n): serving " + std::to_string(possible) +
         " connections instead of " + std::to_string(asked);
}

std::string LessLockedMemory(uint64_t bytes, uint64_t wanted) {
  return "only " + std::to_string(bytes >> 10) + " KiB of memory may be locked (RLIMIT_MEMLOCK, " +
         "ulimit -l): on kernels that count rings, theirs are smaller than the " +
         std::to_string(wanted >> 10) + " KiB that they could use";
}

}  // namespace

uint64_t ReservedDescriptors(int threads) {
  return kReservedDescriptorsPerProcess +
         kReservedDescriptorsPerThread * static_cast<uint64_t>(threads);
}

absl::StatusOr<std::vector<std::string>> FitResourceLimits(Settings& settings) {
  std::vector<std::string> lines;
  const uint64_t reserved = ReservedDescriptors(settings.threads);
  const uint64_t descriptors = Raise(RLIMIT_NOFILE, reserved + settings.max_connections);
  if (descriptors <= reserved) {
    return absl::ResourceExhaustedError(
        "only " + std::to_string(descriptors) + " open files are allowed (RLIMIT_NOFILE, " +
        "ulimit -n): " + std::to_string(reserved + 1) + " are needed to serve one connection");
  }
  const uint64_t possible = descriptors - reserved;
  if (possible < settings.max_connections) {
    lines.push_back(FewerConnections(descriptors, settings.max_connections, possible));
    settings.max_connections = static_cast<uint32_t>(possible);
  }
  if (settings.io == IoBackend::kEpoll) return lines;
  const uint64_t wanted = kLockedBytesPerRing * static_cast<uint64_t>(settings.threads);
  const uint64_t locked = Raise(RLIMIT_MEMLOCK, wanted);
  if (locked < wanted) lines.push_back(LessLockedMemory(locked, wanted));
  return lines;
}

absl::Status LockMemory() {
  const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
  // Where it may not be raised, what is locked has to fit in what there is.
  (void)setrlimit(RLIMIT_MEMLOCK, &all);
  // On fault: address space that the cache has only reserved stays without memory.
  if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0) return absl::OkStatus();
  return absl::PermissionDeniedError(std::string("memory can't be locked: ") +
                                     std::strerror(errno));
}

absl::Status EnableCoreDumps() {
  rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
  if (setrlimit(RLIMIT_CORE, &limit) != 0 && getrlimit(RLIMIT_CORE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_CORE, &limit);
  }
  prctl(PR_SET_DUMPABLE, 1);
  if (getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur > 0) return absl::OkStatus();
  return absl::ResourceExhaustedError("core files are not allowed (RLIMIT_CORE, ulimit -c)");
}

}  // namespace ringcached::server
