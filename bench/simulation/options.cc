#include "bench/simulation/options.h"

#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <map>

namespace ringcached::simulation {
namespace {

constexpr uint32_t kMaxCopies = 10'000;
constexpr uint32_t kMinSegments = 8;
constexpr uint32_t kMaxSegments = 1u << 16;

const std::map<std::string, Policy> kPolicies{
    {"lru", Policy::kLru},
    {"fifo-reinsertion", Policy::kFifoReinsertion},
    {"s3fifo", Policy::kS3Fifo},
    {"segmented-lru", Policy::kSegmentedLru},
    {"exact-lru", Policy::kExactLru},
};
const std::map<std::string, RewriteOrder> kOrders{
    {"random", RewriteOrder::kRandom},
    {"in-order", RewriteOrder::kInOrder},
    {"hot", RewriteOrder::kHot},
};

void AddShare(CLI::App& app, const std::string& name, double& share, const std::string& what) {
  app.add_option(name, share, what)->check(CLI::Range(0.0, 1.0))->capture_default_str();
}

void AddWorkload(CLI::App& app, Options& options) {
  app.add_option("--trace", options.trace,
                 "File of little-endian 32-bit ids, - for the standard input; without it a live "
                 "set is rewritten");
  app.add_option("--max-ids", options.max_ids, "Ends after so many ids of the trace")
      ->check(CLI::PositiveNumber);
  app.add_option("--sizes", options.sizes, "Histogram of value sizes, as CacheLib's cachebench's");
  app.add_option("--value-bytes", options.value_bytes, "Length of each value, without --sizes")
      ->capture_default_str();
  app.add_option("--max-value-bytes", options.max_value_bytes, "Cuts longer values to this")
      ->capture_default_str();
  app.add_option("--copies", options.workload.copies, "Interleaved replays of disjoint objects")
      ->check(CLI::Range(uint32_t{1}, kMaxCopies))
      ->capture_default_str();
  AddShare(app, "--overwrites", options.workload.overwrite_share,
           "Share of requests that are sets without a get");
  AddShare(app, "--ttl-share", options.workload.ttl_share, "Share of objects that expire");
  app.add_option("--rewrite", options.rewrite, "Without a trace: random, in-order or hot")
      ->transform(CLI::CheckedTransformer(kOrders))
      ->default_str("random");
  app.add_option("--rounds", options.rewrite_rounds, "How often it is rewritten")
      ->capture_default_str();
  AddShare(app, "--live-share", options.live_share, "Without a trace: what of the capacity lives");
}

void AddCache(CLI::App& app, Options& options) {
  app.add_option("--policy", options.policy,
                 "lru, fifo-reinsertion, s3fifo, segmented-lru or exact-lru")
      ->transform(CLI::CheckedTransformer(kPolicies))
      ->default_str("lru");
  AddShare(app, "--cache-share", options.cache_share, "Capacity, of the bytes of all objects");
  app.add_option("--capacity-bytes", options.capacity_bytes, "Capacity, instead of the share");
  app.add_option("--max-items", options.max_items, "Limit of exact-lru, instead of the capacity");
  app.add_flag("!--no-comparison", options.compare, "Do not run exact LRU beside");
}

void AddLog(CLI::App& app, Options& options) {
  app.add_option("--segments", options.log.segments, "Segments of the capacity")
      ->check(CLI::Range(kMinSegments, kMaxSegments))
      ->capture_default_str();
  app.add_option("--ticks", options.log.ticks, "Ticks while as much as the capacity is stored")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  AddShare(app, "--dead-limit", options.log.dead_limit, "Dead share above which compaction begins");
  app.add_option("--credit-segments", options.log.credit_segments, "Highest credit for copies")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("!--no-ttl-lanes", options.log.ttl_lanes, "What expires lies among what does not");
  AddShare(app, "--cold-share", options.lru.cold_share, "lru: cold share with full credit");
  AddShare(app, "--max-cold-share", options.lru.max_cold_share, "lru: cold share without credit");
  app.add_option("--samples", options.lru.samples, "lru: items sampled for a cutoff")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  AddShare(app, "--small-share", options.s3_fifo.small_share, "s3fifo: the small queue");
  app.add_option("--ghost-share", options.s3_fifo.ghost_share,
                 "s3fifo: objects of each of two generations of ghosts, per item")
      ->capture_default_str();
  app.add_option("--promote-uses", options.s3_fifo.promote_uses, "s3fifo: uses that lead to main")
      ->check(CLI::Range(1, 3))
      ->capture_default_str();
}

}  // namespace

std::variant<Options, int> ParseOptions(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Simulates a cache without values: its miss ratio, what exact LRU would miss with as many "
      "items and with as many bytes, and what a log of segments copies.");
  AddWorkload(app, options);
  AddCache(app, options);
  AddLog(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  return options;
}

}  // namespace ringcached::simulation
