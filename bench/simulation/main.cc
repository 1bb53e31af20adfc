// cache_simulation: replays a trace, or rewrites a live set, in a simulated cache, and reports.

#include <sysexits.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/simulation/exact_lru.h"
#include "bench/simulation/lazy_lru.h"
#include "bench/simulation/options.h"
#include "bench/simulation/s3_fifo.h"
#include "bench/simulation/segmented_lru.h"
#include "bench/simulation/workload.h"
#include "bench/trace/size_model.h"
#include "bench/trace/trace.h"

namespace ringcached::simulation {
namespace {

constexpr uint64_t kRewriteCapacityBytes = uint64_t{16} << 20;

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "cache_simulation: %s\n", std::string(status.message()).c_str());
  return EX_NOINPUT;
}

void Print(const char* name, double value) { std::printf("%s %.6g\n", name, value); }

std::unique_ptr<Cache> MakeCache(const Options& options, const std::vector<uint32_t>& bytes) {
  const uint64_t capacity_bytes = options.log.capacity_bytes;
  switch (options.policy) {
    case Policy::kLru:
      return std::make_unique<LazyLru>(bytes, options.log, options.lru);
    case Policy::kFifoReinsertion:
      return std::make_unique<FifoReinsertion>(bytes, options.log);
    case Policy::kS3Fifo:
      return std::make_unique<S3Fifo>(bytes, options.log, options.s3_fifo);
    case Policy::kSegmentedLru:
      return std::make_unique<SegmentedLru>(bytes, capacity_bytes);
    case Policy::kExactLru:
      break;
  }
  LruLimits limits{.max_bytes = capacity_bytes};
  if (options.max_items > 0) limits = {.max_items = options.max_items};
  return std::make_unique<ExactLru>(bytes, limits);
}

void PrintLog(const Cache& cache) {
  const auto* const log = dynamic_cast<const LogCache*>(&cache);
  if (log == nullptr) return;
  const LogStats& stats = log->stats();
  const auto stored_bytes = static_cast<double>(stats.stored_bytes);
  Print("copied_per_stored", static_cast<double>(stats.copied_bytes) / stored_bytes);
  Print("reclaimed_per_stored", static_cast<double>(stats.reclaimed_bytes) / stored_bytes);
  Print("reclaimed_segments", static_cast<double>(stats.reclaimed_segments));
  Print("compacted_segments", static_cast<double>(stats.compacted_segments));
  Print("evicted_items", static_cast<double>(stats.evicted_items));
  Print("max_age_ticks", stats.max_age_ticks);
}

void PrintComparison(const char* name, const Options& options, const trace::Trace& trace,
                     const std::vector<uint32_t>& bytes, LruLimits limits, double miss_ratio) {
  ExactLru exact(bytes, limits);
  const double exact_ratio = Replay(trace, options.workload, exact).MissRatio();
  std::printf("exact_lru_%s %.6g\n", name, exact_ratio);
  std::printf("beyond_exact_%s %+.2f%%\n", name, 100 * (miss_ratio / exact_ratio - 1));
}

int SimulateTrace(Options& options, const trace::SizeModel& sizes) {
  absl::StatusOr<trace::Trace> trace = trace::ReadTrace(options.trace);
  if (!trace.ok()) return Fail(trace.status());
  trace::Truncate(options.max_ids, *trace);
  const std::vector<uint32_t> bytes =
      ObjectBytes(trace->key_count * options.workload.copies, sizes);
  const auto sum = static_cast<double>(std::accumulate(bytes.begin(), bytes.end(), uint64_t{0}));
  options.log.capacity_bytes = options.capacity_bytes > 0
                                   ? options.capacity_bytes
                                   : static_cast<uint64_t>(options.cache_share * sum);
  const std::unique_ptr<Cache> cache = MakeCache(options, bytes);
  const Outcome outcome = Replay(*trace, options.workload, *cache);
  const auto capacity_bytes = static_cast<double>(options.log.capacity_bytes);
  Print("capacity_mib", capacity_bytes / (1 << 20));
  Print("gets", static_cast<double>(outcome.gets));
  Print("misses", static_cast<double>(outcome.misses));
  Print("miss_ratio", outcome.MissRatio());
  Print("mean_items", outcome.mean_items);
  Print("live_share", outcome.mean_bytes / capacity_bytes);
  if (options.compare) {
    PrintComparison("same_items", options, *trace, bytes,
                    {.max_items = static_cast<uint64_t>(outcome.mean_items)}, outcome.MissRatio());
    PrintComparison("same_bytes", options, *trace, bytes, {.max_bytes = options.log.capacity_bytes},
                    outcome.MissRatio());
  }
  PrintLog(*cache);
  return EXIT_SUCCESS;
}

int SimulateRewrites(Options& options, const trace::SizeModel& sizes) {
  options.log.capacity_bytes =
      options.capacity_bytes > 0 ? options.capacity_bytes : kRewriteCapacityBytes;
  const double live_bytes = options.live_share * static_cast<double>(options.log.capacity_bytes);
  // No object is smaller than one byte, so there are enough of them.
  std::vector<uint32_t> bytes;
  double sum = 0;
  for (uint64_t object = 0; sum < live_bytes; ++object) {
    bytes.push_back(ObjectBytes(1, trace::SizeModel(sizes.ValueBytes(object))).front());
    sum += bytes.back();
  }
  const std::unique_ptr<Cache> cache = MakeCache(options, bytes);
  const RewriteOutcome outcome =
      Rewrite(bytes.size(), options.rewrite_rounds, options.rewrite, *cache);
  Print("objects", static_cast<double>(bytes.size()));
  Print("sets", static_cast<double>(outcome.sets));
  Print("lost", static_cast<double>(outcome.lost));
  PrintLog(*cache);
  return EXIT_SUCCESS;
}

int Main(Options options) {
  absl::StatusOr<trace::SizeModel> sizes = trace::SizeModel(options.value_bytes);
  if (!options.sizes.empty()) {
    sizes = trace::SizeModel::Read(options.sizes, options.max_value_bytes);
  }
  if (!sizes.ok()) return Fail(sizes.status());
  return options.trace.empty() ? SimulateRewrites(options, *sizes) : SimulateTrace(options, *sizes);
}

}  // namespace
}  // namespace ringcached::simulation

int main(int argc, char** argv) {
  auto parsed = ringcached::simulation::ParseOptions(argc, argv);
  if (const int* const exit_status = std::get_if<int>(&parsed)) return *exit_status;
  return ringcached::simulation::Main(std::get<ringcached::simulation::Options>(parsed));
}
