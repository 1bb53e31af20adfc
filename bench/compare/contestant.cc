#include "bench/compare/contestant.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bench/load/clock.h"
#include "bench/load/endpoint.h"
#include "bench/load/keys_in_order.h"
#include "bench/load/process_sample.h"
#include "bench/load/tally.h"

namespace ringcached::compare {
namespace {

constexpr uint32_t kReplyTimeoutS = 10;

absl::Status Named(const Server& server, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(server.name, ": ", status.message()));
}

absl::StatusOr<load::LoadLoop> Connect(const Server& server, load::Protocol& protocol,
                                       uint64_t key_count, size_t connections) {
  const absl::StatusOr<load::Endpoint> endpoint = load::Endpoint::Resolve("127.0.0.1", server.port);
  if (!endpoint.ok()) return endpoint.status();
  absl::StatusOr<load::LoadLoop> loop = load::LoadLoop::Create(protocol, kReplyTimeoutS);
  if (!loop.ok()) return loop.status();
  while (loop->connection_count() < connections) {
    const size_t first = loop->connection_count();
    const size_t count = std::min(load::kOpenAtOnce, connections - first);
    if (absl::Status opened = loop->Open(*endpoint, count); !opened.ok()) return opened;
    load::Tally asked;
    AskEachConnection(first, count, key_count, *loop, asked);
    if (!asked.clean()) return absl::InternalError(asked.first_error);
  }
  return loop;
}

}  // namespace

absl::Status Preload(const Server& server, const Store& store) {
  const load::KeySpace keys(store.keys, store.value_bytes);
  const std::unique_ptr<load::Protocol> protocol = MakeProtocol(load::Dialect::kText, keys);
  absl::StatusOr<load::LoadLoop> loop = Connect(server, *protocol, store.keys, 1);
  if (!loop.ok()) return Named(server, loop.status());
  load::Tally tally;
  SetAllKeys(store.keys, *loop, tally);
  if (tally.clean() && tally.sets == store.keys) return absl::OkStatus();
  return Named(server, absl::InternalError(absl::StrCat("preload: ", tally.first_error)));
}

Contestant::Contestant(const Server& server, const Load& load, const Store& store)
    : server_(server),
      load_(load),
      keys_(store.keys, store.value_bytes, load.absent ? "none" : "load"),
      protocol_(MakeProtocol(load.dialect, keys_)) {}

absl::StatusOr<std::unique_ptr<Contestant>> Contestant::Open(const Server& server, const Load& load,
                                                             const Store& store) {
  std::unique_ptr<Contestant> contestant(new Contestant(server, load, store));
  absl::StatusOr<load::LoadLoop> loop =
      Connect(server, *contestant->protocol_, load.one_key ? 1 : store.keys, load.connections);
  if (!loop.ok()) return Named(server, loop.status());
  contestant->loop_ = std::make_unique<load::LoadLoop>(*std::move(loop));
  return contestant;
}

absl::StatusOr<SliceResult> Contestant::Run(const SliceOptions& options) {
  load::Workload workload(load_.one_key ? 1 : keys_.key_count(), load_.mix, options.seed);
  const absl::StatusOr<load::ProcessSample> before = load::SampleProcess(server_.pid);
  if (!before.ok()) return Named(server_, before.status());
  const int64_t start_ns = load::NowNs();
  load::Phase phase{.connection_count = load_.connections,
                    .pipeline = load_.pipeline,
                    .deadline_ns = start_ns + std::llround(options.seconds * 1e9),
                    .check_every = options.check_every};
  if (options.rate > 0) phase.arrivals.emplace(options.rate, start_ns, options.seed);
  load::Tally tally;
  loop_->Run(
      phase, [&]() -> std::optional<load::Request> { return workload.Next(); }, tally);
  const absl::StatusOr<load::ProcessSample> after = load::SampleProcess(server_.pid);
  if (!after.ok()) return Named(server_, after.status());
  if (absl::Status checked = Check(tally); !checked.ok()) return Named(server_, checked);
  return SliceResult{.cpu_us = static_cast<double>(after->cpu_ns - before->cpu_ns) / 1e3 /
                               static_cast<double>(tally.keys),
                     .p999_us = static_cast<double>(tally.latency.QuantileNs(0.999)) / 1e3,
                     .requests_per_s = static_cast<double>(tally.answered()) * 1e9 /
                                       static_cast<double>(tally.elapsed_ns)};
}

absl::Status Contestant::Check(const load::Tally& tally) const {
  if (!tally.clean()) return absl::InternalError(tally.first_error);
  if (tally.keys == 0) return absl::InternalError("answered nothing");
  if (tally.unsent_requests > 0) return absl::InternalError("fell behind the rate");
  const uint64_t right_misses = load_.absent ? tally.keys : 0;
  if (tally.misses == right_misses) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(tally.misses, " of ", tally.keys, " keys missed"));
}

}  // namespace ringcached::compare
