#include "bench/density/memory_sample.h"

#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ringcached::density {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Of the line "Rss:      8056 kB".
std::optional<int64_t> Kib(const std::string& text, std::string_view name) {
  const size_t start = text.find("\n" + std::string(name) + ":");
  if (start == std::string::npos) return std::nullopt;
  std::istringstream field(text.substr(start + name.size() + 2));
  int64_t value = 0;
  if (field >> value) return value;
  return std::nullopt;
}

}  // namespace

absl::StatusOr<MemorySample> SampleMemory(pid_t pid) {
  const std::string directory = absl::StrCat("/proc/", pid);
  const std::string rollup = ReadFile(directory + "/smaps_rollup");
  const std::string process = ReadFile(directory + "/status");
  const std::optional<int64_t> rss = Kib(rollup, "Rss");
  const std::optional<int64_t> vm_rss = Kib(process, "VmRSS");
  const std::optional<int64_t> vm_peak = Kib(process, "VmHWM");
  if (!rss.has_value() || !vm_rss.has_value() || !vm_peak.has_value()) {
    return absl::NotFoundError(absl::StrCat("cannot read the memory in ", directory));
  }
  const int64_t reserved =
      Kib(rollup, "Shared_Hugetlb").value_or(0) + Kib(rollup, "Private_Hugetlb").value_or(0);
  const int64_t transparent = Kib(rollup, "AnonHugePages").value_or(0) +
                              Kib(rollup, "ShmemPmdMapped").value_or(0) +
                              Kib(rollup, "FilePmdMapped").value_or(0);
  return MemorySample{.rss_kib = *rss + reserved,
                      .huge_kib = transparent + reserved,
                      .vm_rss_kib = *vm_rss,
                      .vm_peak_kib = *vm_peak};
}

}  // namespace ringcached::density
