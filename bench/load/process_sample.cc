#include "bench/load/process_sample.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ringcached::load {
namespace {

constexpr int kFieldsBeforeTimes = 11;  // of /proc/PID/stat, behind the command's name

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::optional<int64_t> ThreadCpuNs(const std::string& directory) {
  std::istringstream fields(ReadFile(directory + "/schedstat"));
  int64_t on_cpu_ns = 0;
  if (fields >> on_cpu_ns) return on_cpu_ns;
  return std::nullopt;
}

std::optional<int64_t> CpuNs(const std::string& directory) {
  std::error_code error;
  int64_t sum_ns = 0;
  for (const auto& thread : std::filesystem::directory_iterator(directory + "/task", error)) {
    const std::optional<int64_t> cpu_ns = ThreadCpuNs(thread.path().string());
    if (!cpu_ns.has_value()) return std::nullopt;
    sum_ns += *cpu_ns;
  }
  if (error) return std::nullopt;
  return sum_ns;
}

// The command's name stands in parentheses and may itself hold spaces and parentheses.
bool ReadTimes(const std::string& directory, ProcessSample& sample) {
  const std::string text = ReadFile(directory + "/stat");
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return false;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < kFieldsBeforeTimes; ++i) fields >> skipped;
  const int64_t ns_per_tick = 1'000'000'000 / sysconf(_SC_CLK_TCK);
  fields >> sample.user_ns >> sample.system_ns;
  sample.user_ns *= ns_per_tick;
  sample.system_ns *= ns_per_tick;
  return !fields.fail();
}

// "VmRSS:      8056 kB"
bool ReadField(const std::string& text, std::string_view name, int64_t& value) {
  const size_t start = text.find(name);
  if (start == std::string::npos) return false;
  std::istringstream field(text.substr(start + name.size()));
  field >> value;
  return !field.fail();
}

bool ReadMemory(const std::string& directory, ProcessSample& sample) {
  const std::string text = ReadFile(directory + "/status");
  return ReadField(text, "VmRSS:", sample.rss_kib) &&
         ReadField(text, "VmHWM:", sample.rss_peak_kib);
}

}  // namespace

absl::StatusOr<ProcessSample> SampleProcess(pid_t pid) {
  const std::string directory = "/proc/" + std::to_string(pid);
  ProcessSample sample;
  const std::optional<int64_t> cpu_ns = CpuNs(directory);
  if (!cpu_ns.has_value() || !ReadTimes(directory, sample) || !ReadMemory(directory, sample)) {
    return absl::NotFoundError(absl::StrCat("cannot read ", directory));
  }
  sample.cpu_ns = *cpu_ns;
  return sample;
}

}  // namespace ringcached::load
