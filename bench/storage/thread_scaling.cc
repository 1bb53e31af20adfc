// thread_scaling: what threads lose by sharing a cache.

#include <sched.h>
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "bench/storage/thread_plan.h"
#include "bench/storage/thread_run.h"
#include "bench/summary/summary.h"

namespace ringcached::storage {
namespace {

constexpr size_t kMaxThreads = 16;
constexpr size_t kLeastPairs = 9;
constexpr double kLeastRatio = 0.95;
constexpr double kNsPerS = 1e9;

// Of two threads on one cache, gets alone; in multiples of one thread's work.
constexpr double kLeastTimesOne = 1.8;

constexpr std::array<ThreadLoad, 5> kLoads = {{
    {.name = "gets_one_key", .one_key = true, .sets_percent = 0, .judged = true},
    {.name = "gets_zipf", .one_key = false, .sets_percent = 0, .judged = true},
    {.name = "sets_10%", .one_key = false, .sets_percent = 10},
    {.name = "sets_50%", .one_key = false, .sets_percent = 50},
    {.name = "sets", .one_key = false, .sets_percent = 100},
}};

struct Options {
  size_t threads = kMaxThreads;
  ThreadRunOptions run;
};

// What was wrong, over all runs.
struct Faults {
  uint64_t checked = 0;
  uint64_t wrong_values = 0;
  uint64_t not_stored = 0;
  uint64_t misses_without_sets = 0;
};

size_t Processors() {
  cpu_set_t allowed;
  return sched_getaffinity(0, sizeof(allowed), &allowed) == 0
             ? static_cast<size_t>(CPU_COUNT(&allowed))
             : 1;
}

const char* Verdict(const ThreadLoad& load, size_t threads, double ratio) {
  if (!load.judged || threads == 1) return "-";
  return ratio >= kLeastRatio ? "passed" : "FAILED";
}

// What a load's rows come to.
struct Curve {
  std::vector<ThreadPoint> points;
  std::vector<double> shared_ns;  // of the same rows
};

// Prints the row and adds it to the curve. One operation of one thread takes `threads` times as
// long as they need for one together.
void AddRow(const ThreadLoad& load, size_t threads, const ThreadRunResult& result, Curve* curve) {
  std::vector<double> shared_ns, own_ns, ratios;
  for (const SlicePair& pair : result.pairs) {
    shared_ns.push_back(kNsPerS * static_cast<double>(threads) / pair.shared);
    own_ns.push_back(kNsPerS * static_cast<double>(threads) / pair.own);
    ratios.push_back(pair.shared / pair.own);
  }
  const summary::Summary ratio = summary::Summarize(ratios);
  const bool judged = load.judged && threads > 1;
  std::printf("%s %zu %.1f %.1f %.3f %.3f %.3f %s %s %.2f%%\n", load.name, threads,
              summary::Summarize(shared_ns).median, summary::Summarize(own_ns).median, ratio.median,
              ratio.lowest, ratio.highest, judged ? "0.95" : "-",
              Verdict(load, threads, ratio.median),
              result.gets == 0
                  ? 0.0
                  : 100 * static_cast<double>(result.misses) / static_cast<double>(result.gets));
  std::fflush(stdout);
  curve->points.push_back({threads, ratio.median});
  curve->shared_ns.push_back(summary::Summarize(shared_ns).median);
}

void PrintParallelShare(const ThreadLoad& load, const Curve& curve) {
  const double serial = SerialShare(curve.points);
  std::printf("%s: parallel share by Amdahl's law ", load.name);
  if (serial > 1) {
    std::fputs("none, together they do less than one", stdout);
  } else {
    std::printf("%.1f %%", 100 * (1 - std::max(serial, 0.0)));
  }
  const double times_one = 2 * curve.shared_ns[0] / curve.shared_ns[1];
  std::printf("; two threads do %.2f times one's work", times_one);
  if (load.judged) {
    std::printf(", wanted %.1f: %s", kLeastTimesOne,
                times_one >= kLeastTimesOne ? "passed" : "FAILED");
  }
  std::puts("");
}

void Add(const ThreadLoad& load, const ThreadRunResult& result, Faults* faults) {
  faults->checked += result.checked;
  faults->wrong_values += result.wrong_values;
  faults->not_stored += result.not_stored;
  if (load.sets_percent == 0) faults->misses_without_sets += result.misses;
}

int Main(const Options& options) {
  const size_t threads = std::min(options.threads, Processors());
  std::array<Curve, kLoads.size()> curves;
  Faults faults;
  std::puts("load threads shared_ns private_ns ratio lowest highest at_least verdict misses");
  for (size_t i = 0; i < kLoads.size(); ++i) {
    for (size_t count = 1; count <= threads; ++count) {
      ThreadRunOptions run = options.run;
      run.threads = count;
      const ThreadRunResult result = ThreadRun(kLoads[i], run).Run();
      AddRow(kLoads[i], count, result, &curves[i]);
      Add(kLoads[i], result, &faults);
    }
  }
  std::puts("");
  for (size_t i = 0; threads > 1 && i < kLoads.size(); ++i) {
    PrintParallelShare(kLoads[i], curves[i]);
  }
  if (threads <= 2) std::printf("unproven beyond two threads: %zu processors\n", Processors());
  std::printf("values checked %zu, wrong %zu; not stored %zu; misses without sets %zu\n",
              size_t{faults.checked}, size_t{faults.wrong_values}, size_t{faults.not_stored},
              size_t{faults.misses_without_sets});
  const bool good = faults.wrong_values + faults.not_stored + faults.misses_without_sets == 0;
  return good && faults.checked > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

void AddOptions(CLI::App& app, Options& options) {
  app.add_option("--threads", options.threads, "Up to so many, as far as there are processors")
      ->check(CLI::Range(size_t{1}, kMaxThreads))
      ->capture_default_str();
  app.add_option("--keys", options.run.keys, "Keys of a cache")
      ->check(CLI::Range(1, 200'000))
      ->capture_default_str();
  app.add_option("--pairs", options.run.pairs, "Pairs of slices")
      ->check(CLI::Range(kLeastPairs, size_t{1000}))
      ->capture_default_str();
  app.add_option("--slice-ms", options.run.slice_ms, "Length of a slice")
      ->check(CLI::Range(10, 10'000))
      ->capture_default_str();
}

}  // namespace
}  // namespace ringcached::storage

int main(int argc, char** argv) {
  ringcached::storage::Options options;
  CLI::App app("Measures 1 to N threads on one cache against as many with a cache each.");
  ringcached::storage::AddOptions(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  return ringcached::storage::Main(options);
}
