// ringcached_density: how many items a memcached server holds in how much memory.

#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/status/statusor.h"
#include "bench/density/measurement.h"

namespace ringcached::density {
namespace {

void AddOptions(CLI::App& app, Options& options) {
  app.add_option("--port", options.port, "Port of the server on 127.0.0.1")->required();
  app.add_option("--pid", options.pid, "Process of the server")->required();
  app.add_option("--value-bytes", options.value_bytes,
                 "Length of the values; several lengths are stored one after the other")
      ->check(CLI::Range(size_t{1}, size_t{1'000'000}))
      ->capture_default_str();
  app.add_option("--limit-mib", options.limit_mib, "The server's -m")
      ->check(CLI::Range(size_t{1}, size_t{1'000'000}))
      ->capture_default_str();
  app.add_option("--fill", options.fill, "Keys and values to store, of each length, in limits")
      ->check(CLI::Range(0.001, 100.0))
      ->capture_default_str();
  app.add_option("--connections", options.connections, "Connections")
      ->check(CLI::Range(size_t{1}, size_t{1000}))
      ->capture_default_str();
}

int Main(const Options& options) {
  const absl::StatusOr<Result> result = Measure(options);
  if (!result.ok()) {
    std::fprintf(stderr, "ringcached_density: %s\n", result.status().ToString().c_str());
    return EX_UNAVAILABLE;
  }
  std::fputs(Report(*result).c_str(), stdout);
  return Passed(*result) ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace ringcached::density

int main(int argc, char** argv) {
  ringcached::density::Options options;
  CLI::App app(
      "Fills a server that speaks the memcached text protocol past its limit, reads everything "
      "back and measures its memory. Exits 0 only if no value was wrong.");
  ringcached::density::AddOptions(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  return ringcached::density::Main(options);
}
