#include "bench/load/report.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_format.h"

namespace ringcached::load {
namespace {

constexpr std::pair<const char*, double> kQuantiles[] = {{"latency_p50_us", 0.5},
                                                         {"latency_p90_us", 0.9},
                                                         {"latency_p99_us", 0.99},
                                                         {"latency_p999_us", 0.999}};

class Lines {
 public:
  void Add(const char* name, uint64_t value) {
    absl::StrAppendFormat(&text_, "%-32s %d\n", name, value);
  }
  void Add(const char* name, int64_t value) {
    absl::StrAppendFormat(&text_, "%-32s %d\n", name, value);
  }
  void Add(const char* name, double value) {
    absl::StrAppendFormat(&text_, "%-32s %.3f\n", name, value);
  }
  void Add(const char* name, const std::string& value) {
    absl::StrAppendFormat(&text_, "%-32s %s\n", name, value);
  }

  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

double Microseconds(uint64_t duration_ns) { return static_cast<double>(duration_ns) / 1e3; }

double PerSecond(uint64_t count, int64_t elapsed_ns) {
  if (elapsed_ns == 0) return 0;
  return static_cast<double>(count) * 1e9 / static_cast<double>(elapsed_ns);
}

double MicrosecondsEach(int64_t duration_ns, uint64_t count) {
  if (count == 0) return 0;
  return static_cast<double>(duration_ns) / 1e3 / static_cast<double>(count);
}

void AddOptions(const Options& options, Lines& lines) {
  lines.Add("connections", uint64_t{options.connections});
  lines.Add("idle_connections", uint64_t{options.idle_connections});
  lines.Add("pipeline", uint64_t{options.pipeline});
  lines.Add("keys", options.keys);
  lines.Add("value_bytes", uint64_t{options.value_bytes});
  lines.Add("ratio_sets_gets", absl::StrFormat("%d:%d", options.sets, options.gets));
  lines.Add("seed", options.seed);
}

void AddMeasured(const Tally& measured, Lines& lines) {
  lines.Add("seconds", static_cast<double>(measured.elapsed_ns) / 1e9);
  lines.Add("requests", measured.answered());
  lines.Add("gets", measured.gets);
  lines.Add("sets", measured.sets);
  lines.Add("requests_per_s", PerSecond(measured.answered(), measured.elapsed_ns));
  for (const auto& [name, quantile] : kQuantiles) {
    lines.Add(name, Microseconds(measured.latency.QuantileNs(quantile)));
  }
  lines.Add("latency_max_us", Microseconds(measured.latency.max_ns()));
}

void AddServer(const ServerSamples& server, uint64_t requests, Lines& lines) {
  lines.Add("server_cpu_us_per_request",
            MicrosecondsEach(server.after.cpu_ns - server.before.cpu_ns, requests));
  lines.Add("server_user_us_per_request",
            MicrosecondsEach(server.after.user_ns - server.before.user_ns, requests));
  lines.Add("server_system_us_per_request",
            MicrosecondsEach(server.after.system_ns - server.before.system_ns, requests));
  lines.Add("server_rss_start_kib", server.start.rss_kib);
  lines.Add("server_rss_opened_kib", server.opened.rss_kib);
  lines.Add("server_rss_end_kib", server.end.rss_kib);
  lines.Add("server_rss_peak_kib", server.end.rss_peak_kib);
}

void AddErrors(const Result& result, Lines& lines) {
  const Tally& measured = result.measured;
  const Tally& other = result.other;
  lines.Add("requests_beside_measured", other.answered());
  lines.Add("misses", measured.misses + other.misses);
  lines.Add("wrong_replies", measured.wrong_replies + other.wrong_replies);
  lines.Add("lost_replies", measured.lost_replies + other.lost_replies);
  lines.Add("lost_connections", measured.lost_connections + other.lost_connections);
  const std::string& error = other.first_error.empty() ? measured.first_error : other.first_error;
  if (!error.empty()) lines.Add("an_error", error);
}

}  // namespace

std::string Report(const Options& options, const Result& result) {
  Lines lines;
  AddOptions(options, lines);
  AddMeasured(result.measured, lines);
  if (result.server.has_value()) AddServer(*result.server, result.measured.answered(), lines);
  AddErrors(result, lines);
  lines.Add("result", Passed(options, result) ? "passed" : "FAILED");
  return lines.Take();
}

bool Passed(const Options& options, const Result& result) {
  const uint64_t misses = result.measured.misses + result.other.misses;
  return result.measured.clean() && result.other.clean() && (options.allow_misses || misses == 0);
}

}  // namespace ringcached::load
