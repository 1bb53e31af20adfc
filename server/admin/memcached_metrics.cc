#include "server/admin/memcached_metrics.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace ringcached::server {
namespace {

using prometheus::MetricType;
using protocol::Counter;

constexpr double kSecondsPerMicrosecond = 1e-6;

double Of(const ServerSnapshot& snapshot, Counter counter) {
  return static_cast<double>(snapshot.totals[counter]);
}

// One without labels.
struct Metric {
  const char* name;
  const char* help;
  MetricType type;
  double (*value)(const ServerSnapshot& snapshot);
};

constexpr Metric kMetrics[] = {
    {"memcached_uptime_seconds", "Seconds since the server started.", MetricType::Gauge,
     [](const ServerSnapshot& s) { return static_cast<double>(s.figures.uptime_seconds); }},
    {"memcached_process_user_cpu_seconds_total", "CPU time in user space.", MetricType::Counter,
     [](const ServerSnapshot& s) {
       return static_cast<double>(s.figures.rusage_user_us) * kSecondsPerMicrosecond;
     }},
    {"memcached_process_system_cpu_seconds_total", "CPU time in the kernel.", MetricType::Counter,
     [](const ServerSnapshot& s) {
       return static_cast<double>(s.figures.rusage_system_us) * kSecondsPerMicrosecond;
     }},
    {"memcached_read_bytes_total", "Bytes received from clients.", MetricType::Counter,
     [](const ServerSnapshot& s) { return Of(s, Counter::kBytesRead); }},
    {"memcached_written_bytes_total", "Bytes sent to clients.", MetricType::Counter,
     [](const ServerSnapshot& s) { return Of(s, Counter::kBytesWritten); }},
    {"memcached_current_connections", "Connections that are open.", MetricType::Gauge,
     [](const ServerSnapshot& s) { return static_cast<double>(s.figures.curr_connections); }},
    {"memcached_max_connections", "Connections that may be open.", MetricType::Gauge,
     [](const ServerSnapshot& s) { return static_cast<double>(s.figures.max_connections); }},
    {"memcached_connections_total", "Connections that were accepted.", MetricType::Counter,
     [](const ServerSnapshot& s) { return static_cast<double>(s.figures.total_connections); }},
    {"memcached_connections_rejected_total", "Connections turned away at the limit.",
     MetricType::Counter,
     [](const ServerSnapshot& s) { return static_cast<double>(s.figures.rejected_connections); }},
    {"memcached_connections_yielded_total",
     "How often a connection had to wait for the next turn because of -R.", MetricType::Counter,
     [](const ServerSnapshot& s) { return Of(s, Counter::kConnYields); }},
    {"memcached_connections_listener_disabled_total",
     "How often accepting was stopped: at the limit, or for want of descriptors.",
     MetricType::Counter,
     [](const ServerSnapshot& s) {
       return static_cast<double>(s.figures.listen_disabled + s.figures.accept_failures);
     }},
    {"memcached_current_bytes", "Bytes of the items there are.", MetricType::Gauge,
     [](const ServerSnapshot& s) { return static_cast<double>(s.cache.item_bytes); }},
    {"memcached_limit_bytes", "The memory limit, which is the whole process's.", MetricType::Gauge,
     [](const ServerSnapshot& s) { return static_cast<double>(s.cache.limit_bytes); }},
    {"memcached_current_items", "Items there are.", MetricType::Gauge,
     [](const ServerSnapshot& s) { return static_cast<double>(s.cache.items); }},
    {"memcached_items_total", "Items that were stored.", MetricType::Counter,
     [](const ServerSnapshot& s) { return static_cast<double>(s.cache.total_items); }},
    {"memcached_items_evicted_total", "Items dropped for room before their end.",
     MetricType::Counter,
     [](const ServerSnapshot& s) { return static_cast<double>(s.cache.evictions); }},
    {"memcached_items_reclaimed_total", "Items removed for room after their end.",
     MetricType::Counter,
     [](const ServerSnapshot& s) { return static_cast<double>(s.cache.reclaimed); }},
    {"memcached_item_too_large_total", "Stores refused as too large.", MetricType::Counter,
     [](const ServerSnapshot& s) { return Of(s, Counter::kStoreTooLarge); }},
    {"memcached_item_no_memory_total", "Stores refused for want of memory.", MetricType::Counter,
     [](const ServerSnapshot& s) { return Of(s, Counter::kStoreNoMemory); }},
    {"memcached_malloced_bytes", "Memory for items: segments and large values.", MetricType::Gauge,
     [](const ServerSnapshot& s) {
       return static_cast<double>(s.cache.segment_bytes + s.cache.large_value_bytes);
     }},
};

// How requests of one command ended.
struct CommandOutcome {
  const char* command;
  const char* status;
  Counter counter;
};

constexpr CommandOutcome kOutcomes[] = {
    {"get", "hit", Counter::kGetHits},       {"get", "miss", Counter::kGetMisses},
    {"delete", "hit", Counter::kDeleteHits}, {"delete", "miss", Counter::kDeleteMisses},
    {"incr", "hit", Counter::kIncrHits},     {"incr", "miss", Counter::kIncrMisses},
    {"decr", "hit", Counter::kDecrHits},     {"decr", "miss", Counter::kDecrMisses},
    {"touch", "hit", Counter::kTouchHits},   {"touch", "miss", Counter::kTouchMisses},
    {"cas", "hit", Counter::kCasHits},       {"cas", "miss", Counter::kCasMisses},
    {"cas", "badval", Counter::kCasBadval},  {"flush", "hit", Counter::kCmdFlush},
};

void AddCommands(const ServerSnapshot& snapshot, MetricMemory* memory, MetricFamilies* families) {
  families->Begin("memcached_commands_total", "Requests by command and how they ended.",
                  MetricType::Counter);
  for (const CommandOutcome& outcome : kOutcomes) {
    families->Add({{"command", outcome.command}, {"status", outcome.status}},
                  Of(snapshot, outcome.counter));
  }
  // The exporter takes cas, which counts as set too, away again.
  const protocol::CounterTotals& totals = snapshot.totals;
  const uint64_t cas =
      totals[Counter::kCasHits] + totals[Counter::kCasMisses] + totals[Counter::kCasBadval];
  const uint64_t plain = memory->plain_sets.Of(totals[Counter::kCmdSet], cas);
  families->Add({{"command", "set"}, {"status", "hit"}}, static_cast<double>(plain));
}

// A figure of the one slab class.
struct ClassMetric {
  std::string_view stat;  // in `stats items` or `stats slabs`
  const char* name;
  const char* help;
  MetricType type;
};

constexpr ClassMetric kClassMetrics[] = {
    {"items:1:number", "memcached_slab_current_items", "Items there are.", MetricType::Gauge},
    {"items:1:age", "memcached_slab_items_age_seconds", "Seconds since the oldest segment began.",
     MetricType::Gauge},
    {"items:1:evicted", "memcached_slab_items_evicted_total",
     "Items dropped for room before their end.", MetricType::Counter},
    {"items:1:evicted_nonzero", "memcached_slab_items_evicted_nonzero_total",
     "Of those, such as had an expiry.", MetricType::Counter},
    {"items:1:evicted_time", "memcached_slab_items_evicted_time_seconds",
     "How long what was evicted last had not been used.", MetricType::Gauge},
    {"items:1:evicted_unfetched", "memcached_slab_items_evicted_unfetched_total",
     "Items evicted that nobody had read.", MetricType::Counter},
    {"items:1:expired_unfetched", "memcached_slab_items_expired_unfetched_total",
     "Items removed after their end that nobody had read.", MetricType::Counter},
    {"items:1:outofmemory", "memcached_slab_items_outofmemory_total",
     "Stores refused for want of memory.", MetricType::Counter},
    {"items:1:reclaimed", "memcached_slab_items_reclaimed_total",
     "Items removed for room after their end.", MetricType::Counter},
    {"items:1:mem_requested", "memcached_slab_mem_requested_bytes", "Bytes of the items.",
     MetricType::Gauge},
    {"1:chunk_size", "memcached_slab_chunk_size_bytes", "Mean size of an item.", MetricType::Gauge},
    {"1:total_pages", "memcached_slab_current_pages", "Segments that hold memory.",
     MetricType::Gauge},
    {"1:total_chunks", "memcached_slab_current_chunks", "Items that would fit, by the mean size.",
     MetricType::Gauge},
    {"1:used_chunks", "memcached_slab_chunks_used", "Items there are.", MetricType::Gauge},
};

double NumberIn(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return static_cast<double>(number);
}

// All of them, also while there is no class: a counter that came later would seem to begin at what
// it then is.
void AddClass(const std::function<void(protocol::StatVisitor)>& visit_classes,
              MetricFamilies* families) {
  std::array<double, std::size(kClassMetrics)> values{};
  visit_classes([&values](std::string_view stat, std::string_view value) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (kClassMetrics[i].stat == stat) values[i] = NumberIn(value);
    }
  });
  for (size_t i = 0; i < values.size(); ++i) {
    families->Begin(kClassMetrics[i].name, kClassMetrics[i].help, kClassMetrics[i].type);
    families->Add({{"slab", "1"}}, values[i]);
  }
}

}  // namespace

void AddMemcachedMetrics(const ServerSnapshot& snapshot, const MetricFacts& facts,
                         const std::function<void(protocol::StatVisitor)>& visit_classes,
                         MetricMemory* memory, MetricFamilies* families) {
  families->Begin("memcached_up", "Whether the server answers.", MetricType::Gauge);
  families->Add({}, 1);
  families->Begin("memcached_version", "What the version command says.", MetricType::Gauge);
  families->Add({{"version", facts.protocol_version}}, 1);
  families->Begin("memcached_time_seconds", "The server's time.", MetricType::Gauge);
  families->Add({}, static_cast<double>(facts.unix_seconds));
  for (const Metric& metric : kMetrics) {
    families->Begin(metric.name, metric.help, metric.type);
    families->Add({}, metric.value(snapshot));
  }
  AddCommands(snapshot, memory, families);
  AddClass(visit_classes, families);
}

}  // namespace ringcached::server
