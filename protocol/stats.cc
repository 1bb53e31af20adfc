#include "protocol/stats.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>

#include "protocol/stats_classes.h"
#include "protocol/stats_printer.h"

namespace ringcached::protocol {
namespace {

using storage::CacheStats;

// What memcached counts of its slabs, lists, buffers and background threads, of which there are
// none here: 0, since exporters and dashboards ask.
constexpr std::string_view kUnused[] = {
    "response_obj_oom",      "response_obj_count",    "response_obj_bytes",
    "read_buf_count",        "read_buf_bytes_free",   "read_buf_oom",
    "slab_reassign_rescues", "slab_reassign_running", "slabs_moved",
    "lru_crawler_running",   "lru_crawler_starts",    "lru_maintainer_juggles",
    "malloc_fails",          "unexpected_napi_ids",   "round_robin_fallback",
    "evicted_active",        "crawler_reclaimed",     "crawler_items_checked",
    "lrutail_reflocked",     "moves_to_cold",         "moves_to_warm",
    "moves_within_lru",      "direct_reclaims",       "lru_bumps_dropped",
};

CounterTotals SinceReset(CounterTotals totals, const CounterTotals& baseline) {
  for (size_t i = 0; i < kCounterCount; ++i) totals.values[i] -= baseline.values[i];
  return totals;
}

// Levels stay; events count from the reset.
ServerFigures SinceReset(ServerFigures figures, const ServerFigures& baseline) {
  figures.total_connections -= baseline.total_connections;
  figures.rejected_connections -= baseline.rejected_connections;
  figures.accept_failures -= baseline.accept_failures;
  figures.listen_disabled -= baseline.listen_disabled;
  figures.listen_disabled_us -= baseline.listen_disabled_us;
  figures.idle_kicks -= baseline.idle_kicks;
  figures.log_worker_dropped -= baseline.log_worker_dropped;
  figures.log_worker_written -= baseline.log_worker_written;
  figures.log_watcher_skipped -= baseline.log_watcher_skipped;
  figures.log_watcher_sent -= baseline.log_watcher_sent;
  return figures;
}

CacheStats SinceReset(CacheStats stats, const CacheStats& baseline) {
  stats.total_items -= baseline.total_items;
  stats.evictions -= baseline.evictions;
  stats.evicted_unfetched -= baseline.evicted_unfetched;
  stats.evicted_ending -= baseline.evicted_ending;
  stats.expired_unfetched -= baseline.expired_unfetched;
  stats.reclaimed -= baseline.reclaimed;
  stats.out_of_memory -= baseline.out_of_memory;
  stats.reclaims_in_vain -= baseline.reclaims_in_vain;
  stats.bytes_stored -= baseline.bytes_stored;
  stats.bytes_moved -= baseline.bytes_moved;
  stats.segments_cleaned -= baseline.segments_cleaned;
  stats.bloom_negatives -= baseline.bloom_negatives;
  stats.bloom_false_positives -= baseline.bloom_false_positives;
  stats.bloom_rebuilds -= baseline.bloom_rebuilds;
  return stats;
}

// What `stats` prints, as it is since the last reset.
struct Figures {
  ServerFigures server;
  CounterTotals totals;
  CacheStats cache;
};

Figures FiguresOf(const storage::Cache& cache, const ServerControl& server) {
  const StatsBaseline baseline = server.Baseline();
  return {SinceReset(server.Figures(), baseline.server),
          SinceReset(server.Totals(), baseline.counters),
          SinceReset(cache.Stats(), baseline.cache)};
}

void PrintProcess(const ServerFigures& figures, std::string_view version, const TurnTime& time,
                  Printer& printer) {
  printer.Number("pid", static_cast<uint64_t>(figures.pid));
  printer.Number("uptime", figures.uptime_seconds);
  printer.Number("time", static_cast<uint64_t>(time.unix_seconds));
  printer.Text("version", version);
  printer.Number("pointer_size", sizeof(void*) * 8);
  printer.Microseconds("rusage_user", figures.rusage_user_us);
  printer.Microseconds("rusage_system", figures.rusage_system_us);
}

void PrintConnections(const ServerFigures& figures, Printer& printer) {
  printer.Number("max_connections", figures.max_connections);
  printer.Number("curr_connections", figures.curr_connections);
  printer.Number("total_connections", figures.total_connections);
  printer.Number("rejected_connections", figures.rejected_connections);
  printer.Number("connection_structures", figures.connection_structures);
  printer.Number("read_buf_bytes", figures.read_buffer_bytes);
}

void PrintServer(const ServerFigures& figures, uint64_t limit_bytes, Printer& printer) {
  printer.Number("limit_maxbytes", limit_bytes);
  printer.Bool("accepting_conns", figures.accepting_connections);
  // Both are reasons not to accept for a while.
  printer.Number("listen_disabled_num", figures.accept_failures + figures.listen_disabled);
  printer.Number("time_in_listen_disabled_us", figures.listen_disabled_us);
  printer.Number("idle_kicks", figures.idle_kicks);
  printer.Number("threads", figures.threads);
  printer.Number("loop_turns", figures.loop_turns);
  printer.Number("loop_completions", figures.completions);
  printer.Number("receive_no_buffers", figures.receive_no_buffers);
  printer.Number("completion_overflows", figures.completion_overflows);
}

void PrintWatching(const ServerFigures& figures, Printer& printer) {
  printer.Number("log_worker_dropped", figures.log_worker_dropped);
  printer.Number("log_worker_written", figures.log_worker_written);
  printer.Number("log_watcher_skipped", figures.log_watcher_skipped);
  printer.Number("log_watcher_sent", figures.log_watcher_sent);
  printer.Number("log_watchers", figures.log_watchers);
  printer.Number("prefixes_dropped", figures.prefixes_dropped);
}

// The memory limit's parts: the process is the cache and the rest, as they were last measured; the
// rest as the cache was told of it, so that their sum may be a little more. The buffers are parts
// of the rest.
void PrintMemory(const ServerFigures& figures, const CacheStats& stats, Printer& printer) {
  printer.Number("process_resident_bytes", figures.resident_bytes);
  printer.Number("cache_resident_bytes", stats.cache_bytes());
  printer.Number("other_bytes", stats.other_bytes);
  printer.Number("connection_buffer_bytes", figures.connection_bytes);
}

void PrintCache(const CacheStats& stats, Printer& printer) {
  // Of the slots, as if there were one table.
  printer.Number("hash_power_level", std::bit_width(std::max<uint64_t>(stats.index_slots, 1)) - 1);
  printer.Number("hash_bytes", stats.index_bytes);
  printer.Bool("hash_is_expanding", stats.index_moving_shards > 0);
  printer.Number("bytes", stats.item_bytes);
  printer.Number("curr_items", stats.items);
  printer.Number("total_items", stats.total_items);
  printer.Number("slab_global_page_pool", stats.free_segments);
  printer.Number("expired_unfetched", stats.expired_unfetched);
  printer.Number("evicted_unfetched", stats.evicted_unfetched);
  printer.Number("evictions", stats.evictions);
  printer.Number("reclaimed", stats.reclaimed);
  printer.Number("out_of_memory", stats.out_of_memory);
  printer.Number("reclaims_in_vain", stats.reclaims_in_vain);
  printer.Number("shards", stats.shards);
  printer.Number("segment_size", stats.segment_size_bytes);
  printer.Number("segment_bytes", stats.segment_bytes);
  printer.Number("dead_bytes", stats.dead_bytes);
  printer.Number("large_value_bytes", stats.large_value_bytes);
  printer.Number("ghost_bytes", stats.ghost_bytes);
  printer.Number("log_bytes_stored", stats.bytes_stored);
  printer.Number("log_bytes_moved", stats.bytes_moved);
  printer.Number("segments_cleaned", stats.segments_cleaned);
  printer.Number("bloom_asking_shards", stats.bloom_asking_shards);
  printer.Number("bloom_negatives", stats.bloom_negatives);
  printer.Number("bloom_false_positives", stats.bloom_false_positives);
  printer.Number("bloom_rebuilds", stats.bloom_rebuilds);
  printer.Number("bloom_bytes", stats.bloom_bytes);
  printer.Number("bloom_capacity", stats.bloom_capacity);
}

void PrintGeneral(const storage::Cache& cache, const ServerControl& server, const TurnTime& time,
                  StatVisitor visitor) {
  const Figures figures = FiguresOf(cache, server);
  Printer printer(visitor);
  PrintProcess(figures.server, server.Version(), time, printer);
  PrintConnections(figures.server, printer);
  for (size_t i = 0; i < kCounterCount; ++i) {
    const auto counter = static_cast<Counter>(i);
    printer.Number(CounterName(counter), figures.totals[counter]);
  }
  PrintServer(figures.server, figures.cache.limit_bytes, printer);
  PrintMemory(figures.server, figures.cache, printer);
  PrintCache(figures.cache, printer);
  PrintWatching(figures.server, printer);
  for (const std::string_view name : kUnused) printer.Number(name, 0);
}

void Reset(const storage::Cache& cache, ServerControl& server) {
  server.SetBaseline({server.Figures(), server.Totals(), cache.Stats()});
  server.ClearSamples();
}

void PrintConnectionList(const ServerControl& server, StatVisitor visitor) {
  server.VisitConnections([&](const ConnectionFigures& connection) {
    Printer printer(visitor, std::to_string(connection.number) + ":");
    printer.Text("addr", connection.address);
    if (!connection.listen_address.empty()) printer.Text("listen_addr", connection.listen_address);
    printer.Text("state", connection.state);
    printer.Number("secs_since_last_cmd", connection.idle_seconds);
  });
}

// Microseconds with one decimal are as exact as two clock readings a turn can be.
void PrintLatencies(const ServerControl& server, StatVisitor visitor) {
  server.VisitLatencies([&](const LatencyFigures& latency) {
    Printer printer(visitor, std::string(latency.command) + "_");
    printer.Number("count", latency.count);
    printer.Nanoseconds("p50_us", latency.p50_ns);
    printer.Nanoseconds("p90_us", latency.p90_ns);
    printer.Nanoseconds("p99_us", latency.p99_ns);
    printer.Nanoseconds("p999_us", latency.p999_ns);
    printer.Nanoseconds("max_us", latency.max_ns);
  });
}

}  // namespace

Outcome ExecuteDetail(std::string_view what, ServerControl& server, PrefixVisitor visitor) {
  if (what == "on" || what == "off") {
    server.SetDetail(what == "on");
    return {OutcomeCode::kOk};
  }
  if (what != "dump") return {OutcomeCode::kBadDetail};
  for (const auto& [prefix, count] : server.Prefixes()) visitor(prefix, count);
  return {OutcomeCode::kStats};
}

Outcome ExecuteStats(std::string_view argument, const storage::Cache& cache, ServerControl& server,
                     const TurnTime& time, StatVisitor visitor) {
  if (argument.empty()) {
    PrintGeneral(cache, server, time, visitor);
  } else if (argument == "conns") {
    PrintConnectionList(server, visitor);
  } else if (argument == "latency") {
    PrintLatencies(server, visitor);
  } else if (argument == "settings") {
    server.VisitSettings(visitor);
  } else if (argument == "items") {
    const Figures figures = FiguresOf(cache, server);
    PrintItemClass(figures.cache, figures.totals, time.now, visitor);
  } else if (argument == "slabs") {
    const Figures figures = FiguresOf(cache, server);
    PrintSlabClass(figures.cache, figures.totals, visitor);
  } else if (argument == "reset") {
    Reset(cache, server);
    return {OutcomeCode::kReset};
  } else {
    return {OutcomeCode::kUnknownArgument};
  }
  return {OutcomeCode::kStats};
}

}  // namespace ringcached::protocol
