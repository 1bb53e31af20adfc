#include "bench/load/run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <thread>

#include "bench/load/clock.h"
#include "bench/load/endpoint.h"
#include "bench/load/key_space.h"
#include "bench/load/keys_in_order.h"
#include "bench/load/load_loop.h"
#include "bench/load/progress.h"
#include "bench/load/protocol.h"
#include "bench/load/workload.h"

namespace ringcached::load {
namespace {

class Runner {
 public:
  Runner(const Options& options, const Endpoint& endpoint, LoadLoop& loop)
      : options_(options), endpoint_(endpoint), loop_(loop) {}

  absl::StatusOr<Result> Run() {
    if (absl::Status status = Prepare(); !status.ok()) return status;
    if (absl::Status status = Measure(); !status.ok()) return status;
    if (asks_each()) {
      AskEachConnection(0, loop_.connection_count(), options_.keys, loop_, result_.other);
    }
    if (absl::Status status = Sample(&ServerSamples::end); !status.ok()) return status;
    return std::move(result_);
  }

 private:
  bool asks_each() const { return options_.idle_connections > 0; }

  absl::Status Sample(ProcessSample ServerSamples::*when) {
    if (options_.pid == 0) return absl::OkStatus();
    const absl::StatusOr<ProcessSample> sample = SampleProcess(options_.pid);
    if (!sample.ok()) return sample.status();
    if (!result_.server.has_value()) result_.server.emplace();
    (*result_.server).*when = *sample;
    return absl::OkStatus();
  }

  absl::Status Prepare() {
    if (absl::Status status = Sample(&ServerSamples::start); !status.ok()) return status;
    if (absl::Status status = OpenAll(); !status.ok()) return status;
    if (absl::Status status = Sample(&ServerSamples::opened); !status.ok()) return status;
    std::this_thread::sleep_for(std::chrono::duration<double>(options_.idle_time_s));
    return Sample(&ServerSamples::idle);
  }

  absl::Status Measure() {
    Load("warm-up", options_.warmup_s, options_.seed + 1, result_.other);
    if (absl::Status status = Sample(&ServerSamples::before); !status.ok()) return status;
    Load("measured", options_.duration_s, options_.seed, result_.measured);
    return Sample(&ServerSamples::after);
  }

  absl::Status OpenAll() {
    const size_t wanted = options_.connections + options_.idle_connections;
    if (absl::Status status = OpenSome(1); !status.ok()) return status;
    while (loop_.connection_count() < wanted) {
      const size_t count = std::min(kOpenAtOnce, wanted - loop_.connection_count());
      if (absl::Status status = OpenSome(count); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // The very first connection also sets all keys, so that all can be asked for.
  absl::Status OpenSome(size_t count) {
    const size_t first = loop_.connection_count();
    if (absl::Status status = loop_.Open(endpoint_, count); !status.ok()) return status;
    if (first == 0 && options_.preload && !options_.absent_keys) {
      SetAllKeys(options_.keys, loop_, result_.other);
    }
    if (asks_each()) AskEachConnection(first, count, options_.keys, loop_, result_.other);
    return absl::OkStatus();
  }

  void Load(const char* what, double seconds, uint64_t seed, Tally& tally) {
    if (seconds == 0) return;
    Workload workload(options_.keys, options_.mix, seed);
    const int64_t start_ns = NowNs();
    Phase phase{.connection_count = options_.connections,
                .pipeline = options_.pipeline,
                .deadline_ns = start_ns + std::llround(seconds * 1e9),
                .check_every = options_.check_every};
    if (options_.rate > 0) phase.arrivals.emplace(options_.rate, start_ns, seed);
    Progress progress(what, start_ns, seconds);
    phase.watch = [&](const Tally& tally_now, int64_t now_ns) { progress.Show(tally_now, now_ns); };
    loop_.Run(
        phase, [&]() -> std::optional<Request> { return workload.Next(); }, tally);
  }

  const Options& options_;
  const Endpoint& endpoint_;
  LoadLoop& loop_;
  Result result_;
};

}  // namespace

absl::StatusOr<Result> Run(const Options& options) {
  const absl::StatusOr<Endpoint> endpoint = Endpoint::Resolve(options.host, options.port);
  if (!endpoint.ok()) return endpoint.status();
  const KeySpace keys(options.keys, options.value_bytes, options.absent_keys ? "none" : "load");
  const std::unique_ptr<Protocol> protocol = MakeProtocol(options.dialect, keys);
  absl::StatusOr<LoadLoop> loop = LoadLoop::Create(*protocol, options.reply_timeout_s);
  if (!loop.ok()) return loop.status();
  return Runner(options, *endpoint, *loop).Run();
}

}  // namespace ringcached::load
