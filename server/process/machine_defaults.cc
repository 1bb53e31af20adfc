#include "server/process/machine_defaults.h"

#include <algorithm>

#include "server/config/values.h"
#include "storage/cache.h"

namespace ringcached::server {
namespace {

constexpr unsigned kMibShift = 20;
constexpr uint64_t kMiB = uint64_t{1} << kMibShift;
constexpr uint64_t kFixedBytes = 20 * kMiB;
constexpr uint64_t kSharePercent = 80;
constexpr uint64_t kLeastLimitBytes = 8 * kMiB;

uint64_t WholeMiB(uint64_t bytes) { return bytes >> kMibShift << kMibShift; }

// A group that may have as much as the machine has is not limited.
bool Binds(const MachineMemory& memory) {
  if (memory.cgroup_bytes == 0) return false;
  return memory.ram_bytes == 0 || memory.cgroup_bytes < memory.ram_bytes;
}

}  // namespace

size_t MemoryLimitInGroup(uint64_t group_bytes) {
  const uint64_t beside_fixed = std::max(group_bytes, kFixedBytes) - kFixedBytes;
  const uint64_t left = WholeMiB(beside_fixed / 100 * kSharePercent);
  return std::clamp<uint64_t>(left, kLeastLimitBytes, storage::kMaxMemoryLimitBytes);
}

Settings MachineDefaults(const MachineMemory& memory, const MachineCpus& cpus) {
  Settings settings;
  if (Binds(memory)) {
    settings.memory_limit_bytes = MemoryLimitInGroup(memory.cgroup_bytes);
    settings.memory_limit_origin =
        "of " + BytesForPeople(WholeMiB(memory.cgroup_bytes)) + " that the control group allows";
  }
  const uint64_t usable = cpus.usable();
  if (usable != 0 && usable < static_cast<uint64_t>(settings.threads)) {
    settings.threads = static_cast<int>(usable);
    settings.threads_origin = "one for each CPU that it may use";
  }
  return settings;
}

}  // namespace ringcached::server
