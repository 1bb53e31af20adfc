// trace_replay: replays a trace against a memcached server as a look-aside client, verifies every
// reply, counts misses.

#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "bench/load/endpoint.h"
#include "bench/load/process_sample.h"
#include "bench/replay/batches.h"
#include "bench/replay/look_aside.h"
#include "bench/replay/object_space.h"
#include "bench/replay/stream.h"
#include "bench/trace/size_model.h"
#include "bench/trace/trace.h"

namespace ringcached::replay {
namespace {

constexpr uint32_t kConnectTimeoutS = 10;
constexpr int kReplyTimeoutMs = 30'000;
constexpr uint32_t kMaxBatchRequests = 256;

struct Options {
  std::string host = "127.0.0.1";
  uint16_t port = 11211;
  pid_t pid = 0;
  std::string trace = "-";
  uint64_t max_ids = UINT64_MAX;
  uint32_t copies = 1;
  std::string sizes;
  uint32_t value_bytes = 300;
  uint32_t max_value_bytes = 1 << 20;
};

void AddOptions(CLI::App& app, Options& options) {
  app.add_option("--host", options.host, "Name or address of the server")->capture_default_str();
  app.add_option("--port", options.port, "Port of the server")->capture_default_str();
  app.add_option("--pid", options.pid, "Process of the server: reports its memory")
      ->check(CLI::PositiveNumber);
  app.add_option("--trace", options.trace,
                 "File of little-endian 32-bit ids, - for the standard input")
      ->capture_default_str();
  app.add_option("--max-ids", options.max_ids, "Ends after so many ids of the trace")
      ->check(CLI::PositiveNumber);
  app.add_option("--copies", options.copies, "Interleaved replays of disjoint objects")
      ->check(CLI::Range(uint32_t{1}, uint32_t{10'000}))
      ->capture_default_str();
  app.add_option("--sizes", options.sizes, "Histogram of value sizes, as CacheLib's cachebench's");
  app.add_option("--value-bytes", options.value_bytes, "Length of each value, without --sizes")
      ->capture_default_str();
  app.add_option("--max-value-bytes", options.max_value_bytes, "Cuts longer values to this")
      ->capture_default_str();
}

int Fail(int exit_status, const absl::Status& status) {
  std::fprintf(stderr, "trace_replay: %s\n", std::string(status.message()).c_str());
  return exit_status;
}

absl::Status AskAll(const Options& options, const trace::Trace& trace, LookAside& client) {
  Batches batches(trace, options.copies, kMaxBatchRequests);
  for (const auto* batch = &batches.Next(); !batch->empty(); batch = &batches.Next()) {
    if (absl::Status asked = client.Ask(*batch); !asked.ok()) return asked;
  }
  return client.Finish();
}

void Print(const char* name, uint64_t value) {
  std::printf("%s %llu\n", name, static_cast<unsigned long long>(value));
}

absl::Status Report(const Options& options, const Counts& counts, double seconds) {
  Print("gets", counts.gets);
  Print("misses", counts.misses);
  Print("sets", counts.sets);
  Print("refused_sets", counts.refused_sets);
  std::printf("seconds %.1f\n", seconds);
  if (options.pid == 0) return absl::OkStatus();
  const absl::StatusOr<load::ProcessSample> sample = load::SampleProcess(options.pid);
  if (!sample.ok()) return sample.status();
  Print("server_rss_kib", static_cast<uint64_t>(sample->rss_kib));
  Print("server_rss_peak_kib", static_cast<uint64_t>(sample->rss_peak_kib));
  return absl::OkStatus();
}

int Replay(const Options& options, const trace::Trace& trace, trace::SizeModel sizes) {
  const auto endpoint = load::Endpoint::Resolve(options.host, options.port);
  if (!endpoint.ok()) return Fail(EX_NOHOST, endpoint.status());
  absl::StatusOr<server::UniqueFd> fd = endpoint->Connect(kConnectTimeoutS);
  if (!fd.ok()) return Fail(EX_UNAVAILABLE, fd.status());
  Stream stream(*std::move(fd), kReplyTimeoutMs);
  const ObjectSpace objects(std::move(sizes),
                            std::max(options.value_bytes, options.max_value_bytes));
  LookAside client(objects, stream);
  const auto start = std::chrono::steady_clock::now();
  const absl::Status asked = AskAll(options, trace, client);
  if (!asked.ok()) return Fail(EXIT_FAILURE, asked);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  const absl::Status reported = Report(options, client.counts(), taken.count());
  return reported.ok() ? EXIT_SUCCESS : Fail(EX_OSERR, reported);
}

int Main(const Options& options) {
  absl::StatusOr<trace::Trace> trace = trace::ReadTrace(options.trace);
  if (!trace.ok()) return Fail(EX_NOINPUT, trace.status());
  trace::Truncate(options.max_ids, *trace);
  absl::StatusOr<trace::SizeModel> sizes = trace::SizeModel(options.value_bytes);
  if (!options.sizes.empty()) {
    sizes = trace::SizeModel::Read(options.sizes, options.max_value_bytes);
  }
  if (!sizes.ok()) return Fail(EX_NOINPUT, sizes.status());
  return Replay(options, *trace, *std::move(sizes));
}

}  // namespace
}  // namespace ringcached::replay

int main(int argc, char** argv) {
  ringcached::replay::Options options;
  CLI::App app(
      "Replays a trace against a memcached server: gets each object, sets what it missed, verifies "
      "every value. Exits 0 only if no reply was wrong.");
  ringcached::replay::AddOptions(app, options);
  CLI11_PARSE(app, argc, argv);
  return ringcached::replay::Main(options);
}
