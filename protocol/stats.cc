#include "protocol/stats.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>

namespace ringcached::protocol {
namespace {

using storage::CacheStats;

// Gives figures to the visitor as text.
class Printer {
 public:
  explicit Printer(StatVisitor visitor) : visitor_(visitor) {}

  void Text(std::string_view name, std::string_view value) { visitor_(name, value); }
  void Number(std::string_view name, uint64_t value) {
    std::array<char, 20> text;
    const char* const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    visitor_(name, {text.data(), static_cast<size_t>(end - text.data())});
  }
  void Bool(std::string_view name, bool value) { Text(name, value ? "1" : "0"); }
  // Seconds with six decimals, as rusage figures are printed.
  void Microseconds(std::string_view name, int64_t value_us) {
    std::array<char, 48> text;
    const int length = std::snprintf(text.data(), text.size(), "%lld.%06lld",
                                     static_cast<long long>(value_us / 1'000'000),
                                     static_cast<long long>(value_us % 1'000'000));
    visitor_(name, {text.data(), static_cast<size_t>(length)});
  }

 private:
  StatVisitor visitor_;
};

CounterTotals SinceReset(CounterTotals totals, const CounterTotals& baseline) {
  for (size_t i = 0; i < kCounterCount; ++i) totals.values[i] -= baseline.values[i];
  return totals;
}

// Levels stay; events count from the reset.
CacheStats SinceReset(CacheStats stats, const CacheStats& baseline) {
  stats.total_items -= baseline.total_items;
  stats.evictions -= baseline.evictions;
  stats.evicted_unfetched -= baseline.evicted_unfetched;
  stats.expired_unfetched -= baseline.expired_unfetched;
  stats.reclaimed -= baseline.reclaimed;
  stats.out_of_memory -= baseline.out_of_memory;
  stats.bytes_stored -= baseline.bytes_stored;
  stats.bytes_moved -= baseline.bytes_moved;
  stats.segments_cleaned -= baseline.segments_cleaned;
  stats.bloom_negatives -= baseline.bloom_negatives;
  stats.bloom_false_positives -= baseline.bloom_false_positives;
  stats.bloom_rebuilds -= baseline.bloom_rebuilds;
  return stats;
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

void PrintConnections(const ServerFigures& figures, const StatsBaseline& baseline,
                      Printer& printer) {
  printer.Number("max_connections", figures.max_connections);
  printer.Number("curr_connections", figures.curr_connections);
  printer.Number("total_connections", figures.total_connections - baseline.total_connections);
  printer.Number("rejected_connections",
                 figures.rejected_connections - baseline.rejected_connections);
  printer.Number("connection_structures", figures.connection_structures);
  printer.Number("read_buf_bytes", figures.read_buffer_bytes);
}

void PrintServer(const ServerFigures& figures, uint64_t limit_bytes, Printer& printer) {
  printer.Number("limit_maxbytes", limit_bytes);
  printer.Bool("accepting_conns", figures.accepting_connections);
  printer.Number("listen_disabled_num", figures.accept_failures);
  printer.Number("threads", figures.threads);
  printer.Number("loop_turns", figures.loop_turns);
  printer.Number("loop_completions", figures.completions);
  printer.Number("receive_no_buffers", figures.receive_no_buffers);
  printer.Number("completion_overflows", figures.completion_overflows);
}

// The memory limit's parts: the process is the cache and the rest, as they were last measured; the
// rest as the cache was told of it, so that their sum may be a little more. The buffers are parts
// of the rest, the receive buffers (read_buf_bytes) as far as they have been used.
void PrintMemory(const ServerFigures& figures, const CacheStats& stats, Printer& printer) {
  printer.Number("process_resident_bytes", figures.resident_bytes);
  printer.Number("cache_resident_bytes", stats.cache_bytes());
  printer.Number("other_bytes", stats.other_bytes);
  printer.Number("connection_buffer_bytes", figures.connection_bytes);
}

void PrintCache(const CacheStats& stats, Printer& printer) {
  printer.Number("hash_bytes", stats.index_bytes);
  printer.Number("bytes", stats.item_bytes);
  printer.Number("curr_items", stats.items);
  printer.Number("total_items", stats.total_items);
  printer.Number("expired_unfetched", stats.expired_unfetched);
  printer.Number("evicted_unfetched", stats.evicted_unfetched);
  printer.Number("evictions", stats.evictions);
  printer.Number("reclaimed", stats.reclaimed);
  printer.Number("out_of_memory", stats.out_of_memory);
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
  const StatsBaseline baseline = server.Baseline();
  const ServerFigures figures = server.Figures();
  const CounterTotals totals = SinceReset(server.Totals(), baseline.counters);
  const CacheStats stats = SinceReset(cache.Stats(), baseline.cache);
  Printer printer(visitor);
  PrintProcess(figures, server.Version(), time, printer);
  PrintConnections(figures, baseline, printer);
  for (size_t i = 0; i < kCounterCount; ++i) {
    const auto counter = static_cast<Counter>(i);
    printer.Number(CounterName(counter), totals[counter]);
  }
  PrintServer(figures, stats.limit_bytes, printer);
  PrintMemory(figures, stats, printer);
  PrintCache(stats, printer);
}

void Reset(const storage::Cache& cache, ServerControl& server) {
  const ServerFigures figures = server.Figures();
  server.SetBaseline(
      {server.Totals(), cache.Stats(), figures.total_connections, figures.rejected_connections});
}

}  // namespace

Outcome ExecuteStats(std::string_view argument, const storage::Cache& cache, ServerControl& server,
                     const TurnTime& time, StatVisitor visitor) {
  if (argument.empty()) {
    PrintGeneral(cache, server, time, visitor);
    return {OutcomeCode::kStats};
  }
  if (argument == "settings") {
    server.VisitSettings(visitor);
    return {OutcomeCode::kStats};
  }
  if (argument == "reset") {
    Reset(cache, server);
    return {OutcomeCode::kReset};
  }
  return {OutcomeCode::kUnknownArgument};
}

}  // namespace ringcached::protocol
