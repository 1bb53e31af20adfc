#include "server/process/machine_memory.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "server/config/values.h"
#include "server/process/control_groups.h"
#include "server/process/system_file.h"

namespace ringcached::server {
namespace {

constexpr uint64_t kUsualGrowth = 8;
constexpr uint64_t kMostGrowth = 64;
// Version 1 says "no limit" as the largest number of whole pages.
constexpr uint64_t kNoLimitBytes = uint64_t{1} << 62;
constexpr unsigned kMibShift = 20;
constexpr uint64_t kAboveLimitShare = 20;  // 5 %
constexpr uint64_t kAboveLimitBytes = uint64_t{8} << kMibShift;

uint64_t RamBytes(const std::string& meminfo) {
  constexpr std::string_view kName = "MemTotal:";
  std::string_view rest = meminfo;
  while (!rest.empty()) {
    std::string_view line = TakeLine(rest);
    if (!line.starts_with(kName)) continue;
    line = TrimBlanks(line.substr(kName.size()));
    return ParseNumber(line.substr(0, line.find(' '))).value_or(0) << 10;
  }
  return 0;
}

void Lower(const std::string& path, const std::string& root, MachineMemory& machine) {
  const std::string text = ReadSystemFile(root + path);
  const std::optional<uint64_t> bytes = ParseNumber(text.substr(0, text.find('\n')));
  if (!bytes || *bytes == 0 || *bytes >= kNoLimitBytes) return;
  if (machine.cgroup_bytes != 0 && machine.cgroup_bytes <= *bytes) return;
  machine.cgroup_bytes = *bytes;
  machine.cgroup_file = path;
}

std::string Megabytes(uint64_t bytes) { return std::to_string(bytes >> kMibShift) + " MiB"; }

}  // namespace

MachineMemory ReadMachineMemory(const std::string& root) {
  MachineMemory machine;
  machine.ram_bytes = RamBytes(ReadSystemFile(root + "/proc/meminfo"));
  VisitControlGroups(root, "memory", [&](CgroupVersion version, const std::string& folder) {
    const bool is_first = version == CgroupVersion::k1;
    Lower(folder + (is_first ? "/memory.limit_in_bytes" : "/memory.max"), root, machine);
  });
  return machine;
}

size_t MaxMemoryLimitBytes(size_t limit_bytes, const MachineMemory& machine) {
  const uint64_t wanted = std::max<uint64_t>(limit_bytes * kUsualGrowth, machine.ram_bytes);
  return std::min<uint64_t>(wanted, limit_bytes * kMostGrowth);
}

uint64_t MostResidentBytes(size_t limit_bytes) {
  return limit_bytes + limit_bytes / kAboveLimitShare + kAboveLimitBytes;
}

std::string MemoryLimitWarning(size_t limit_bytes, const MachineMemory& machine) {
  const std::string limit = "-m " + std::to_string(limit_bytes >> kMibShift);
  const uint64_t most = MostResidentBytes(limit_bytes);
  if (machine.cgroup_bytes != 0 && most > machine.cgroup_bytes) {
    return limit + ": the system allows this process only " + Megabytes(machine.cgroup_bytes) +
           " (" + machine.cgroup_file + ") and will kill it when it uses more; it may come to " +
           Megabytes(most);
  }
  if (machine.ram_bytes != 0 && limit_bytes > machine.ram_bytes) {
    return limit + ": this machine has only " + Megabytes(machine.ram_bytes) + " of memory";
  }
  return {};
}

}  // namespace ringcached::server
