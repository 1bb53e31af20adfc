#include "server/process/log.h"

#include <string>

namespace ringcached::server {

void Log::Info(std::string_view message) {
  if (verbosity() >= kInfoVerbosity) Write("", message);
}

void Log::Debug(std::string_view message) {
  if (verbosity() >= kDebugVerbosity) Write("", message);
}

void Log::Write(std::string_view level, std::string_view message) {
  std::string line = "ringcached: ";
  line.append(level).append(message).push_back('\n');
  // A line that cannot be written has nobody to be reported to.
  [[maybe_unused]] const ssize_t written = ::write(descriptor_, line.data(), line.size());
}

}  // namespace ringcached::server
