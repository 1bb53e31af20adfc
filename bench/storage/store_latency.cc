// store_latency: how long the longest calls of a cache take.

#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/storage/latency_run.h"

namespace ringcached::storage {
namespace {

constexpr size_t kMaxListed = 20;
constexpr double kNsPerUs = 1e3;
constexpr double kNsPerMs = 1e6;
constexpr double kNsPerS = 1e9;

double Us(uint64_t ns) { return static_cast<double>(ns) / kNsPerUs; }

void PrintKinds(const LatencyResult& result) {
  std::puts("call count p50_us p99_us p99.9_us p99.99_us max_us slow slow_on_cpu timed_s");
  for (size_t i = 0; i < kTimedKinds; ++i) {
    const LatencyOfKind& kind = result.kinds[i];
    const load::Histogram& times = kind.histogram;
    std::printf("%s %zu %.3f %.3f %.3f %.3f %.1f %zu %zu %.2f\n", NameOf(static_cast<Timed>(i)),
                size_t{times.count()}, Us(times.QuantileNs(0.5)), Us(times.QuantileNs(0.99)),
                Us(times.QuantileNs(0.999)), Us(times.QuantileNs(0.9999)), Us(times.max_ns()),
                size_t{kind.slow}, size_t{kind.slow_on_cpu},
                static_cast<double>(kind.sum_ns) / kNsPerS);
  }
}

void PrintSlices(const char* name, const ThreadUsage& usage, int64_t stolen_ns) {
  std::printf("%s: %.2f s of CPU, %.2f s stolen from all processors, %lld switches, %lld faults\n",
              name, static_cast<double>(usage.cpu_ns) / kNsPerS,
              static_cast<double>(stolen_ns) / kNsPerS, static_cast<long long>(usage.switches),
              static_cast<long long>(usage.faults));
}

void PrintSlowCalls(std::vector<SlowCall> calls) {
  std::sort(calls.begin(), calls.end(),
            [](const SlowCall& a, const SlowCall& b) { return a.batch.cpu_ns > b.batch.cpu_ns; });
  if (calls.size() > kMaxListed) calls.resize(kMaxListed);
  for (const SlowCall& call : calls) {
    std::printf("slow: %s %.2f ms; its batch: %.2f ms of CPU, %lld switches, %lld faults\n",
                NameOf(call.timed), static_cast<double>(call.wall_ns) / kNsPerMs,
                static_cast<double>(call.batch.cpu_ns) / kNsPerMs,
                static_cast<long long>(call.batch.switches),
                static_cast<long long>(call.batch.faults));
  }
}

void Print(const LatencyResult& result) {
  PrintKinds(result);
  std::puts("");
  PrintSlices("calls", result.calls, result.calls_stolen_ns);
  PrintSlices("control", result.control, result.control_stolen_ns);
  std::printf("items %zu, evictions %zu, not stored %zu, wrong values %zu\n",
              size_t{result.stats.items}, size_t{result.stats.evictions}, size_t{result.not_stored},
              size_t{result.wrong_values});
  PrintSlowCalls(result.slow_calls);
}

void AddOptions(CLI::App& app, LatencyOptions& options) {
  app.add_option("--items", options.items, "Items stored first")->capture_default_str();
  app.add_option("--more-items", options.more_items, "Items stored then")->capture_default_str();
  app.add_option("--value-bytes", options.value_bytes, "Length of each value; keys have 24 bytes")
      ->capture_default_str();
  app.add_option("--limit-mib", options.limit_mib, "Limit of the cache")->capture_default_str();
  app.add_option("--slow-ns", options.slow_ns, "A longer call is slow")->capture_default_str();
}

int Main(const LatencyOptions& options) {
  absl::StatusOr<std::unique_ptr<Cache>> cache =
      Cache::Create({.memory_limit_bytes = options.limit_mib << 20, .hash_seed = 1});
  if (!cache.ok()) {
    std::fprintf(stderr, "store_latency: %s\n", cache.status().ToString().c_str());
    return EX_UNAVAILABLE;
  }
  const LatencyResult result = LatencyRun(options, *std::move(cache)).Run();
  Print(result);
  return result.not_stored + result.wrong_values == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace ringcached::storage

int main(int argc, char** argv) {
  ringcached::storage::LatencyOptions options;
  CLI::App app("Times every store, get and delete of a cache that fills up and stays full.");
  ringcached::storage::AddOptions(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  return ringcached::storage::Main(options);
}
