// Any bytes as a configuration file: they make settings, or an error of one line that names the
// file.

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "server/config/command_line.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using ringcached::fuzz::Check;
  using ringcached::server::Leave;
  static const int kFile = memfd_create("config", 0);
  static const std::string kPath = "/proc/self/fd/" + std::to_string(kFile);
  Check(ftruncate(kFile, 0) == 0 && pwrite(kFile, data, size, 0) == static_cast<ssize_t>(size),
        "the file can be written");
  const std::array<const char*, 4> argv = {"ringcached", "--config", kPath.c_str(),
                                           "--check-config"};
  const auto parsed = ringcached::server::ParseCommandLine(argv.size(), argv.data(), {});
  if (const auto* const leave = std::get_if<Leave>(&parsed)) {
    Check(leave->exit_code != 0 && !leave->err.empty(), "who leaves says why");
    Check(leave->out.empty(), "an error is not for stdout");
  }
  return 0;
}
