#include "server/process/machine_cpus.h"

#include <sched.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "server/config/values.h"
#include "server/process/control_groups.h"
#include "server/process/system_file.h"

namespace ringcached::server {
namespace {

// Room for 8192 processors, the most that Linux can be built for.
constexpr size_t kCpuSets = 8;

uint64_t AffinityCpus() {
  std::array<cpu_set_t, kCpuSets> cpus{};
  if (sched_getaffinity(0, sizeof(cpus), cpus.data()) != 0) return 0;
  return static_cast<uint64_t>(CPU_COUNT_S(sizeof(cpus), cpus.data()));
}

std::string FirstLine(const std::string& path) {
  const std::string text = ReadSystemFile(path);
  return text.substr(0, text.find('\n'));
}

// "quota period", in microseconds; version 2 says "max" where there is no quota, version 1 "-1".
// Version 1 has two files.
std::string QuotaAndPeriod(CgroupVersion version, const std::string& folder) {
  if (version == CgroupVersion::k2) return FirstLine(folder + "/cpu.max");
  return FirstLine(folder + "/cpu.cfs_quota_us") + " " + FirstLine(folder + "/cpu.cfs_period_us");
}

// 0: no quota.
uint64_t QuotaCpus(std::string_view quota_and_period) {
  const size_t blank = quota_and_period.find(' ');
  if (blank == std::string_view::npos) return 0;
  const std::optional<uint64_t> quota_us = ParseNumber(quota_and_period.substr(0, blank));
  const std::optional<uint64_t> period_us = ParseNumber(quota_and_period.substr(blank + 1));
  if (!quota_us || !period_us || *quota_us == 0 || *period_us == 0) return 0;
  return (*quota_us - 1) / *period_us + 1;
}

}  // namespace

uint64_t MachineCpus::usable() const {
  if (affinity == 0 || quota == 0) return std::max(affinity, quota);
  return std::min(affinity, quota);
}

MachineCpus ReadMachineCpus(const std::string& root) {
  MachineCpus cpus{.affinity = AffinityCpus()};
  VisitControlGroups(root, "cpu", [&](CgroupVersion version, const std::string& folder) {
    const uint64_t quota = QuotaCpus(QuotaAndPeriod(version, root + folder));
    if (quota != 0 && (cpus.quota == 0 || quota < cpus.quota)) cpus.quota = quota;
  });
  return cpus;
}

}  // namespace ringcached::server
