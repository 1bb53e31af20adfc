#include "bench/load/report.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace ringcached::load {
namespace {

constexpr std::pair<const char*, double> kQuantiles[] = {{"latency_p50_us", 0.5},
                                                         {"latency_p90_us", 0.9},
                                                         {"latency_p99_us", 0.99},
                                                         {"latency_p999_us", 0.999}};

constexpr std::pair<const char*, double> kSummaryQuantiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};

class LineList {
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

std::string NameOf(Dialect dialect) {
  switch (dialect) {
    case Dialect::kText:
      return "text";
    case Dialect::kMeta:
      return "meta";
    case Dialect::kBinary:
      return "binary";
  }
  return "";
}

void AddOptions(const Options& options, LineList& lines) {
  lines.Add("connections", uint64_t{options.connections});
  lines.Add("idle_connections", uint64_t{options.idle_connections});
  lines.Add("pipeline", uint64_t{options.pipeline});
  lines.Add("keys", options.keys);
  lines.Add("value_bytes", uint64_t{options.value_bytes});
  lines.Add("ratio_sets_gets", absl::StrFormat("%d:%d", options.mix.sets, options.mix.gets));
  lines.Add("protocol", NameOf(options.dialect));
  lines.Add("keys_per_get", uint64_t{options.mix.keys_per_get});
  lines.Add("zipf_exponent", options.mix.zipf_exponent);
  lines.Add("rate", options.rate);
  lines.Add("seed", options.seed);
}

void AddMeasured(const Tally& measured, LineList& lines) {
  lines.Add("seconds", static_cast<double>(measured.elapsed_ns) / 1e9);
  lines.Add("requests", measured.answered());
  lines.Add("gets", measured.gets);
  lines.Add("sets", measured.sets);
  lines.Add("keys", measured.keys);
  lines.Add("requests_per_s", PerSecond(measured.answered(), measured.elapsed_ns));
  for (const auto& [name, quantile] : kQuantiles) {
    lines.Add(name, Microseconds(measured.latency.QuantileNs(quantile)));
  }
  lines.Add("latency_max_us", Microseconds(measured.latency.max_ns()));
}

double IdleCpuPercent(const ServerSamples& server, double idle_time_s) {
  return static_cast<double>(server.idle.cpu_ns - server.opened.cpu_ns) / idle_time_s / 1e7;
}

void AddServer(const ServerSamples& server, uint64_t requests, double idle_time_s,
               LineList& lines) {
  if (idle_time_s > 0) lines.Add("server_idle_cpu_percent", IdleCpuPercent(server, idle_time_s));
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

void AddErrors(const Result& result, LineList& lines) {
  const Tally& measured = result.measured;
  const Tally& other = result.other;
  lines.Add("requests_beside_measured", other.answered());
  lines.Add("misses", measured.misses + other.misses);
  lines.Add("unsent_requests", measured.unsent_requests + other.unsent_requests);
  lines.Add("wrong_replies", measured.wrong_replies + other.wrong_replies);
  lines.Add("lost_replies", measured.lost_replies + other.lost_replies);
  lines.Add("lost_connections", measured.lost_connections + other.lost_connections);
  const std::string& error = other.first_error.empty() ? measured.first_error : other.first_error;
  if (!error.empty()) lines.Add("an_error", error);
}

std::string DescribeLoad(const Options& options) {
  std::string text =
      absl::StrFormat("%s:%d, %s", options.host, options.port, NameOf(options.dialect));
  absl::StrAppendFormat(&text, "; %d connections", options.connections);
  if (options.idle_connections > 0) {
    absl::StrAppendFormat(&text, " and %d idle", options.idle_connections);
  }
  if (options.rate > 0) {
    absl::StrAppendFormat(&text, ", %.0f requests/s due at random", options.rate);
  } else {
    absl::StrAppendFormat(&text, ", pipeline %d", options.pipeline);
  }
  absl::StrAppendFormat(&text, "; sets to gets %d:%d", options.mix.sets, options.mix.gets);
  if (options.mix.keys_per_get > 1) {
    absl::StrAppendFormat(&text, ", %d keys a get", options.mix.keys_per_get);
  }
  absl::StrAppendFormat(&text, "; %d %s, values of %d bytes", options.keys,
                        options.absent_keys ? "absent keys" : "keys", options.value_bytes);
  if (options.mix.zipf_exponent > 0) {
    absl::StrAppendFormat(&text, ", Zipf %.2f", options.mix.zipf_exponent);
  }
  return text + "\n";
}

std::string DescribeMeasured(const Tally& measured) {
  std::string text = absl::StrFormat(
      "%.1f s: %d requests, %.0f/s; %d gets, %d sets; %d of %d keys missed\nlatency",
      static_cast<double>(measured.elapsed_ns) / 1e9, measured.answered(),
      PerSecond(measured.answered(), measured.elapsed_ns), measured.gets, measured.sets,
      measured.misses, measured.keys);
  for (const auto& [name, quantile] : kSummaryQuantiles) {
    absl::StrAppendFormat(&text, " %s %.0f us,", name,
                          Microseconds(measured.latency.QuantileNs(quantile)));
  }
  absl::StrAppendFormat(&text, " longest %.0f us\n", Microseconds(measured.latency.max_ns()));
  return text;
}

std::string DescribeServer(const ServerSamples& server, uint64_t requests) {
  return absl::StrFormat(
      "server: %.3f us of CPU a request; RSS %d KiB before, %d at the end, %d at most\n",
      MicrosecondsEach(server.after.cpu_ns - server.before.cpu_ns, requests), server.start.rss_kib,
      server.end.rss_kib, server.end.rss_peak_kib);
}

std::string DescribeErrors(const Result& result) {
  const Tally& measured = result.measured;
  const Tally& other = result.other;
  std::string text = absl::StrFormat(
      "wrong replies %d, lost replies %d, lost connections %d, never sent %d\n",
      measured.wrong_replies + other.wrong_replies, measured.lost_replies + other.lost_replies,
      measured.lost_connections + other.lost_connections,
      measured.unsent_requests + other.unsent_requests);
  const std::string& error = other.first_error.empty() ? measured.first_error : other.first_error;
  if (!error.empty()) absl::StrAppend(&text, error, "\n");
  return text;
}

const char* VerdictOn(const Options& options, const Result& result) {
  return Passed(options, result) ? "passed" : "FAILED";
}

}  // namespace

std::string Summary(const Options& options, const Result& result) {
  std::string text = DescribeLoad(options) + DescribeMeasured(result.measured);
  if (result.server.has_value()) {
    text += DescribeServer(*result.server, result.measured.answered());
    if (options.idle_time_s > 0) {
      absl::StrAppendFormat(&text, "server, asked nothing: %.3f %% of a CPU\n",
                            IdleCpuPercent(*result.server, options.idle_time_s));
    }
  }
  return absl::StrCat(text, DescribeErrors(result), VerdictOn(options, result), "\n");
}

std::string Lines(const Options& options, const Result& result) {
  LineList lines;
  AddOptions(options, lines);
  AddMeasured(result.measured, lines);
  if (result.server.has_value()) {
    AddServer(*result.server, result.measured.answered(), options.idle_time_s, lines);
  }
  AddErrors(result, lines);
  lines.Add("result", std::string(VerdictOn(options, result)));
  return lines.Take();
}

bool Passed(const Options& options, const Result& result) {
  if (!result.measured.clean() || !result.other.clean()) return false;
  const uint64_t misses = result.measured.misses + result.other.misses;
  if (options.absent_keys) return misses == result.measured.keys + result.other.keys;
  return options.allow_misses || misses == 0;
}

}  // namespace ringcached::load
