// ringcached_compare: loads servers that are running in turns and prints how one stands against
// another and against the floor. bench/compare.sh starts the servers.

#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bench/compare/contest.h"
#include "bench/compare/loads.h"
#include "bench/compare/rows.h"
#include "bench/load/open_files.h"

namespace ringcached::compare {
namespace {

struct Options {
  std::string store = "small";
  std::string judged;
  std::string reference;
  std::vector<std::string> floors;
  std::string loads = ".*";
  ContestOptions contest;
};

// "name,port,pid"
std::optional<Server> ReadServer(const std::string& text) {
  static const std::regex kServer("([a-z_0-9]+),([0-9]{1,5}),([0-9]{1,9})");
  std::smatch parts;
  if (!std::regex_match(text, parts, kServer)) return std::nullopt;
  return Server{.name = parts[1],
                .port = static_cast<uint16_t>(std::stoul(parts[2])),
                .pid = static_cast<pid_t>(std::stol(parts[3]))};
}

std::string ServerError(const std::string& text) {
  return ReadServer(text).has_value() ? "" : text + " is not NAME,PORT,PID";
}

void AddOptions(CLI::App& app, Options& options) {
  app.add_option("--store", options.store, "What the servers hold: small, full or large")
      ->capture_default_str();
  app.add_option("--judged", options.judged, "NAME,PORT,PID")->required()->check(ServerError);
  app.add_option("--reference", options.reference, "NAME,PORT,PID")->required()->check(ServerError);
  app.add_option("--floor", options.floors, "NAME,PORT,PID; may come again")->check(ServerError);
  app.add_option("--loads", options.loads, "A regular expression")->capture_default_str();
  app.add_option("--rounds", options.contest.rounds, "Slices of each server")
      ->check(CLI::Range(size_t{1}, size_t{1000}))
      ->capture_default_str();
  app.add_option("--slice", options.contest.slice_s, "Seconds")
      ->check(CLI::Range(0.01, 60.0))
      ->capture_default_str();
  app.add_option("--latency-slice", options.contest.latency_slice_s,
                 "Seconds, where a high percentile is measured")
      ->check(CLI::Range(0.01, 600.0))
      ->capture_default_str();
  app.add_option("--seed", options.contest.seed, "Of the orders and the keys")
      ->capture_default_str();
  app.add_option("--check-every", options.contest.check_every,
                 "One reply in so many is compared byte by byte")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

int Fail(int exit_status, const std::string& what) {
  std::fprintf(stderr, "ringcached_compare: %s\n", what.c_str());
  return exit_status;
}

absl::Status PreloadAll(const Field& field, const Store& store) {
  for (const Server& server : {field.judged, field.reference}) {
    if (absl::Status loaded = Preload(server, store); !loaded.ok()) return loaded;
  }
  return absl::OkStatus();
}

absl::Status Print(const Field& field, const Load& load, const Store& store,
                   const ContestOptions& options) {
  const absl::StatusOr<Figures> figures = Compare(field, load, store, options);
  if (!figures.ok()) return figures.status();
  std::fputs(ReferenceRow(load, field.reference.name, *figures).c_str(), stdout);
  if (!figures->floor.empty()) {
    std::fputs(FloorRow(load, *figures).c_str(), stdout);
    std::fputs(FloorShareRow(load, field.reference.name, *figures).c_str(), stdout);
  }
  std::fflush(stdout);
  return absl::OkStatus();
}

int Main(const Options& options) {
  const Store* const store = FindStore(options.store);
  if (store == nullptr) return Fail(EX_USAGE, "there is no store " + options.store);
  Field field{*ReadServer(options.judged), *ReadServer(options.reference), {}};
  for (const std::string& floor : options.floors) field.floors.push_back(*ReadServer(floor));
  if (absl::Status loaded = PreloadAll(field, *store); !loaded.ok()) {
    return Fail(EX_UNAVAILABLE, std::string(loaded.message()));
  }
  const std::regex wanted(options.loads);
  for (const Load& load : Loads()) {
    if (load.store != store->name) continue;
    if (!std::regex_match(std::string(load.name), wanted)) continue;
    if (!load::AllowOpenFiles(load.connections * (2 + field.floors.size()))) {
      return Fail(EX_OSERR, "not allowed to open enough connections; see ulimit -n");
    }
    const absl::Status printed = Print(field, load, *store, options.contest);
    if (!printed.ok()) return Fail(EXIT_FAILURE, std::string(printed.message()));
  }
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace ringcached::compare

int main(int argc, char** argv) {
  ringcached::compare::Options options;
  CLI::App app(
      "Loads running servers in turns, in short slices, and prints how the judged one stands. "
      "Exits "
      "0 if no reply was wrong.");
  ringcached::compare::AddOptions(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  return ringcached::compare::Main(options);
}
