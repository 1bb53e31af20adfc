#include "server/admin/own_metrics.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "server/admin/memory_parts.h"

namespace ringcached::server {
namespace {

using prometheus::MetricType;
using protocol::Counter;

constexpr double kSecondsPerMicrosecond = 1e-6;
constexpr double kSecondsPerNanosecond = 1e-9;

// Powers of two, which are bounds of the recorder's buckets too, so that nothing is rounded: from
// 1 us to 1 s.
constexpr unsigned kFirstBoundLog2Ns = 10;
constexpr unsigned kLastBoundLog2Ns = 30;

// One without labels.
struct Metric {
  const char* name;
  const char* help;
  MetricType type;
  uint64_t (*value)(const ServerSnapshot& snapshot);
};

constexpr Metric kMetrics[] = {
    {"ringcached_threads", "Reactors, each with a thread of its own.", MetricType::Gauge,
     [](const ServerSnapshot& s) { return s.figures.threads; }},
    {"ringcached_shards", "Parts of the cache, each with a lock of its own.", MetricType::Gauge,
     [](const ServerSnapshot& s) { return s.cache.shards; }},
    {"ringcached_resident_bytes", "Resident memory of the whole process, in bytes.",
     MetricType::Gauge, [](const ServerSnapshot& s) { return s.figures.resident_bytes; }},
    {"ringcached_memory_limit_bytes",
     "What -m or cache_memlimit allows the whole process, in bytes.", MetricType::Gauge,
     [](const ServerSnapshot& s) { return s.cache.limit_bytes; }},
    {"ringcached_evicted_unfetched_total", "Items evicted that nobody had read.",
     MetricType::Counter, [](const ServerSnapshot& s) { return s.cache.evicted_unfetched; }},
    {"ringcached_expired_unfetched_total", "Items removed after their end that nobody had read.",
     MetricType::Counter, [](const ServerSnapshot& s) { return s.cache.expired_unfetched; }},
    {"ringcached_log_stored_bytes_total", "Bytes appended to the log by stores.",
     MetricType::Counter, [](const ServerSnapshot& s) { return s.cache.bytes_stored; }},
    {"ringcached_log_moved_bytes_total",
     "Bytes appended to the log by cleaning, to keep what was there.", MetricType::Counter,
     [](const ServerSnapshot& s) { return s.cache.bytes_moved; }},
    {"ringcached_segments_cleaned_total",
     "Segments of the log that were cleaned and are free again.", MetricType::Counter,
     [](const ServerSnapshot& s) { return s.cache.segments_cleaned; }},
    {"ringcached_filter_asking_shards", "Shards whose lookups ask the Bloom filter just now.",
     MetricType::Gauge, [](const ServerSnapshot& s) { return s.cache.bloom_asking_shards; }},
    {"ringcached_filter_negatives_total", "Lookups that the Bloom filter answered: not there.",
     MetricType::Counter, [](const ServerSnapshot& s) { return s.cache.bloom_negatives; }},
    {"ringcached_filter_false_positives_total",
     "Lookups that the Bloom filter let pass and the index refused.", MetricType::Counter,
     [](const ServerSnapshot& s) { return s.cache.bloom_false_positives; }},
    {"ringcached_filter_rebuilds_total", "Bloom filters of shards made anew from the index.",
     MetricType::Counter, [](const ServerSnapshot& s) { return s.cache.bloom_rebuilds; }},
    {"ringcached_filter_capacity_keys", "Keys that the Bloom filters are made for.",
     MetricType::Gauge, [](const ServerSnapshot& s) { return s.cache.bloom_capacity; }},
    {"ringcached_connections_idle_closed_total", "Connections closed for having been idle.",
     MetricType::Counter, [](const ServerSnapshot& s) { return s.figures.idle_kicks; }},
    {"ringcached_accept_failures_total",
     "Connections not accepted for want of descriptors or memory.", MetricType::Counter,
     [](const ServerSnapshot& s) { return s.figures.accept_failures; }},
    {"ringcached_lines_too_long_total", "Connections closed for a line that did not end.",
     MetricType::Counter, [](const ServerSnapshot& s) { return s.totals[Counter::kLineTooLong]; }},
    {"ringcached_watchers", "Clients that the watch command has made watchers, at present.",
     MetricType::Gauge, [](const ServerSnapshot& s) { return s.figures.log_watchers; }},
    {"ringcached_watch_lines_dropped_total",
     "Lines for watchers that were lost, since they read too slowly.", MetricType::Counter,
     [](const ServerSnapshot& s) {
       return s.figures.log_worker_dropped + s.figures.log_watcher_skipped;
     }},
    {"ringcached_ring_turns_total", "Turns of all reactors' loops.", MetricType::Counter,
     [](const ServerSnapshot& s) { return s.figures.loop_turns; }},
    {"ringcached_ring_completions_total", "Completions that the rings delivered.",
     MetricType::Counter, [](const ServerSnapshot& s) { return s.figures.completions; }},
    {"ringcached_ring_receive_no_buffers_total",
     "Receives that had to wait because all receive buffers were in use.", MetricType::Counter,
     [](const ServerSnapshot& s) { return s.figures.receive_no_buffers; }},
    {"ringcached_ring_completion_overflows_total", "Completions that the kernel had to keep back.",
     MetricType::Counter, [](const ServerSnapshot& s) { return s.figures.completion_overflows; }},
    {"ringcached_ring_submit_retries_total", "How often a submission queue was full within a turn.",
     MetricType::Counter, [](const ServerSnapshot& s) { return s.figures.submit_retries; }},
};

prometheus::ClientMetric::Histogram Durations(const LatencyHistogram& durations) {
  prometheus::ClientMetric::Histogram histogram;
  histogram.sample_count = durations.total();
  histogram.sample_sum = static_cast<double>(durations.sum_ns()) * kSecondsPerNanosecond;
  for (unsigned log2 = kFirstBoundLog2Ns; log2 <= kLastBoundLog2Ns; ++log2) {
    const uint64_t bound_ns = uint64_t{1} << log2;
    histogram.bucket.push_back(
        {durations.CountUpTo(bound_ns - 1), static_cast<double>(bound_ns) * kSecondsPerNanosecond});
  }
  histogram.bucket.push_back({durations.total(), std::numeric_limits<double>::infinity()});
  return histogram;
}

prometheus::ClientMetric::Histogram Ages(const storage::AgeHistogram& ages) {
  prometheus::ClientMetric::Histogram histogram;
  histogram.sample_sum = static_cast<double>(ages.sum_seconds);
  uint64_t count = 0;
  for (size_t i = 0; i < ages.kUpperSeconds.size(); ++i) {
    count += ages.counts[i];
    histogram.bucket.push_back({count, static_cast<double>(ages.kUpperSeconds[i])});
  }
  histogram.sample_count = count + ages.counts.back();
  histogram.bucket.push_back({histogram.sample_count, std::numeric_limits<double>::infinity()});
  return histogram;
}

void AddHistograms(const ServerSnapshot& snapshot, MetricFamilies* families) {
  families->Begin(
      "ringcached_command_duration_seconds",
      "Seconds from a command's arrival in a turn until the turn's replies are given to "
      "the kernel. Starts anew with stats reset.",
      MetricType::Histogram);
  for (size_t i = 0; i < kCommandKinds; ++i) {
    families->AddHistogram({{"command", std::string(CommandKindName(static_cast<CommandKind>(i)))}},
                           Durations(snapshot.latencies[i]));
  }
  families->Begin(
      "ringcached_loop_turn_duration_seconds",
      "Seconds that reactors worked in turns that had something to do. Starts anew with "
      "stats reset.",
      MetricType::Histogram);
  families->AddHistogram({}, Durations(snapshot.turns));
  families->Begin("ringcached_evicted_item_age_seconds",
                  "Seconds that evicted items had not been used, as far as it is noted.",
                  MetricType::Histogram);
  families->AddHistogram({}, Ages(snapshot.cache.evicted_ages));
}

void AddLabelled(const ServerSnapshot& snapshot, MetricMemory* memory, MetricFamilies* families) {
  families->Begin("ringcached_memory_bytes",
                  "Resident memory of the process by what it is for, in bytes.", MetricType::Gauge);
  for (const MemoryPart& part : MemoryParts(snapshot)) {
    families->Add({{"part", part.label}}, static_cast<double>(part.bytes));
  }
  const uint64_t attempts = snapshot.totals[Counter::kAuthCmds];
  const uint64_t failed = snapshot.totals[Counter::kAuthErrors];
  families->Begin("ringcached_authentications_total",
                  "Attempts of clients to authenticate, by how they ended.", MetricType::Counter);
  const uint64_t accepted = memory->accepted_users.Of(attempts, failed);
  families->Add({{"status", "ok"}}, static_cast<double>(accepted));
  families->Add({{"status", "failed"}}, static_cast<double>(failed));
}

void AddState(const MetricFacts& facts, MetricFamilies* families) {
  families->Begin("ringcached_build_info",
                  "Always 1; labels: version, and how the kernel is talked to.", MetricType::Gauge);
  families->Add({{"version", facts.version}, {"io", facts.io}}, 1);
  families->Begin("ringcached_ready", "1 while clients should be sent here, else 0: as /readyz.",
                  MetricType::Gauge);
  families->Add({}, facts.ready ? 1 : 0);
  if (!facts.recent_hit_ratio.has_value()) return;
  families->Begin("ringcached_recent_hit_ratio",
                  "Share of the last minute's gets that hit, 0 to 1; absent while there were none.",
                  MetricType::Gauge);
  families->Add({}, *facts.recent_hit_ratio);
}

}  // namespace

void AddOwnMetrics(const ServerSnapshot& snapshot, const MetricFacts& facts, MetricMemory* memory,
                   MetricFamilies* families) {
  AddState(facts, families);
  for (const Metric& metric : kMetrics) {
    families->Begin(metric.name, metric.help, metric.type);
    families->Add({}, static_cast<double>(metric.value(snapshot)));
  }
  families->Begin("ringcached_connections_listener_disabled_seconds_total",
                  "Seconds in which nobody was accepted, because of the limit -c.",
                  MetricType::Counter);
  families->Add({},
                static_cast<double>(snapshot.figures.listen_disabled_us) * kSecondsPerMicrosecond);
  AddLabelled(snapshot, memory, families);
  AddHistograms(snapshot, families);
}

}  // namespace ringcached::server
