// ringcached_load: loads a memcached server, verifies its replies, reports.

#include <sysexits.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "bench/load/open_files.h"
#include "bench/load/options.h"
#include "bench/load/report.h"
#include "bench/load/run.h"

namespace ringcached::load {
namespace {

int Fail(int exit_status, const std::string& what) {
  std::fprintf(stderr, "ringcached_load: %s\n", what.c_str());
  return exit_status;
}

int Main(const Options& options) {
  const size_t connections = options.connections + options.idle_connections;
  if (!AllowOpenFiles(connections)) {
    return Fail(EX_OSERR, "not allowed to open " + std::to_string(connections) +
                              " connections; see ulimit -n");
  }
  const absl::StatusOr<Result> result = Run(options);
  if (!result.ok()) return Fail(EX_UNAVAILABLE, std::string(result.status().message()));
  const std::string report = options.lines ? Lines(options, *result) : Summary(options, *result);
  std::fwrite(report.data(), 1, report.size(), stdout);
  return Passed(options, *result) ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace ringcached::load

int main(int argc, char** argv) {
  const std::variant<ringcached::load::Options, int> parsed =
      ringcached::load::ParseOptions(argc, argv);
  if (const int* const exit_status = std::get_if<int>(&parsed)) return *exit_status;
  return ringcached::load::Main(std::get<ringcached::load::Options>(parsed));
}
