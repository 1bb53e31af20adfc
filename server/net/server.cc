#include "server/net/server.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "absl/strings/str_cat.h"
#include "protocol/stats_classes.h"

namespace ringcached::server {
namespace {

// Large enough for the requests of a deep pipeline, small enough for many connections to have one
// at the same time.
constexpr uint32_t kReceiveBufferBytes = 4096;
constexpr uint32_t kMinReceiveBuffers = 16;
constexpr uint32_t kMaxReceiveBuffers = 512;

RingOptions MakeRingOptions(const ServerOptions& options) {
  const size_t buffers =
      options.receive_buffers_bytes / static_cast<size_t>(options.threads) / kReceiveBufferBytes;
  RingOptions ring;
  // Any reactor may get all of them when clients leave unevenly.
  ring.max_connections = options.max_connections;
  ring.receive_buffer_bytes = kReceiveBufferBytes;
  ring.receive_buffers = std::bit_floor(
      static_cast<uint32_t>(std::clamp<size_t>(buffers, kMinReceiveBuffers, kMaxReceiveBuffers)));
  return ring;
}

std::vector<BoundAddress> AddressesOf(const std::vector<Listener>& listeners) {
  std::vector<BoundAddress> addresses;
  for (const Listener& listener : listeners) addresses.push_back(listener.address);
  return addresses;
}

// As `stats conns` names a listener.
std::string ListenText(const BoundAddress& address) {
  const std::string tag = address.tag.empty() ? "" : absl::StrCat(" tag[", address.tag, "]");
  if (address.unix_socket) return absl::StrCat("unix:", address.text, tag);
  return absl::StrCat(address.ipv6 ? "tcp6:" : "tcp:", address.text, tag);
}

int64_t Microseconds(const timeval& time) {
  return int64_t{time.tv_sec} * 1'000'000 + time.tv_usec;
}

}  // namespace

Server::Server(ServerOptions options, std::vector<Listener> listeners, storage::Cache& cache)
    : options_(std::move(options)),
      ring_options_(MakeRingOptions(options_)),
      cache_(cache),
      addresses_(AddressesOf(listeners)),
      watch_hub_(options_.watcher_buffer_bytes),
      limit_(options_.max_connections),
      acceptor_(std::move(listeners), limit_, options_.when_full) {}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options,
                                                      std::vector<Listener> listeners,
                                                      storage::Cache& cache) {
  std::unique_ptr<Server> server(new Server(std::move(options), std::move(listeners), cache));
  server->MakeReactors();
  if (absl::Status status = server->StartThreads(); !status.ok()) return status;
  return server;
}

Server::~Server() { Stop(); }

void Server::MakeReactors() {
  protocol::ServerControl& control = *this;
  ReactorOptions options{ring_options_, options_.drain_timeout_ms, start_clock_};
  for (const BoundAddress& address : addresses_) {
    options.dialects.push_back(address.dialects.value_or(options_.dialects));
  }
  options.turn_requests = options_.turn_requests;
  options.idle_timeout_seconds = options_.idle_timeout_seconds;
  options.prefix_delimiter = options_.prefix_delimiter;
  options.watch_hub = &watch_hub_;
  options.event_buffer_bytes = options_.event_buffer_bytes;
  for (int i = 0; i < options_.threads; ++i) {
    reactors_.push_back(std::make_unique<Reactor>(options, cache_, control, limit_));
    threads_.push_back(std::make_unique<ReactorThread>(*reactors_.back()));
    acceptor_.AddTarget(reactors_.back().get());
  }
  SetDetail(options_.detail);
  reactors_.front()->SetAcceptor(&acceptor_);
  if (!options_.process_memory.has_value()) return;
  ledger_ = std::make_unique<MemoryLedger>(*options_.process_memory, cache_);
  reactors_.front()->SetLedger(ledger_.get());
}

// The first reactor, which runs the acceptor, starts last: all it may deal clients out to are then
// there.
absl::Status Server::StartThreads() {
  for (size_t i = threads_.size(); i-- > 0;) {
    absl::Status status = threads_[i]->Start(absl::StrCat("reactor-", i), [this] {
      return MakeRing(options_.io, ring_options_, options_.io_features);
    });
    if (status.ok()) continue;
    // Those that run have no clients yet.
    for (size_t j = i + 1; j < reactors_.size(); ++j) reactors_[j]->RequestStop();
    return status;
  }
  started_ = true;
  return absl::OkStatus();
}

void Server::Stop() {
  if (!std::exchange(started_, false)) return;
  // Once the acceptor has stopped nobody is handed over to a reactor that may already be gone.
  reactors_.front()->RequestStop();
  acceptor_.WaitUntilStopped();
  for (const auto& reactor : reactors_) reactor->RequestStop();
  for (const auto& thread : threads_) thread->Join();
}

bool Server::has_few_receive_buffers() const {
  return ring_options_.receive_buffers < kMaxReceiveBuffers;
}

protocol::ServerFigures Server::Figures() const {
  TurnClock clock = start_clock_;
  clock.Read();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  protocol::ServerFigures figures;
  figures.pid = getpid();
  figures.uptime_seconds = clock.uptime_seconds();
  figures.rusage_user_us = Microseconds(usage.ru_utime);
  figures.rusage_system_us = Microseconds(usage.ru_stime);
  figures.threads = reactors_.size();
  figures.max_connections = limit_.max();
  figures.curr_connections = limit_.current();
  figures.total_connections = limit_.total();
  figures.rejected_connections = limit_.rejected();
  figures.accept_failures = limit_.accept_failures();
  figures.accepting_connections = limit_.accepting();
  figures.listen_disabled = limit_.listen_disabled();
  figures.listen_disabled_us = limit_.listen_disabled_ms() * 1000;
  const WatchFigures watch = watch_hub_.Figures();
  figures.log_worker_dropped = watch.dropped;
  figures.log_worker_written = watch.written;
  figures.log_watcher_skipped = watch.skipped;
  figures.log_watcher_sent = watch.sent;
  figures.log_watchers = watch.watchers;
  figures.resident_bytes = ledger_ == nullptr ? 0 : ledger_->resident_bytes();
  for (const auto& reactor : reactors_) {
    const ReactorFigures of_reactor = reactor->Figures();
    figures.connection_structures += of_reactor.connection_structures;
    figures.connection_bytes += of_reactor.connection_bytes;
    figures.loop_turns += of_reactor.ring.turns;
    figures.read_buffer_bytes += of_reactor.ring.receive_buffer_bytes;
    figures.completions += of_reactor.ring.completions;
    figures.receive_no_buffers += of_reactor.ring.receive_no_buffers;
    figures.completion_overflows += of_reactor.ring.completion_overflows;
    figures.submit_retries += of_reactor.ring.submit_retries;
    figures.idle_kicks += of_reactor.idle_kicks;
    figures.prefixes_dropped += reactor->prefixes().dropped();
  }
  return figures;
}

protocol::CounterTotals Server::Totals() const {
  protocol::CounterTotals totals;
  for (const auto& reactor : reactors_) reactor->counters().AddTo(totals);
  return totals;
}

void Server::VisitSettings(protocol::StatVisitor visitor) const {
  options_.visit_settings(visitor);
}

void Server::VisitConnections(protocol::ConnectionVisitor visitor) const {
  uint64_t number = 0;
  for (const BoundAddress& address : addresses_) {
    visitor({.number = ++number,
             .address = ListenText(address),
             .listen_address = {},
             .state = "conn_listening"});
  }
  TurnClock clock = start_clock_;
  clock.Read();
  const storage::CacheSecond now = clock.time().now;
  for (const auto& reactor : reactors_) {
    reactor->clients().Visit([&](const Client& client) {
      const storage::CacheSecond active = client.active_at.load(std::memory_order_relaxed);
      visitor({.number = client.number,
               .address = client.address.Text(),
               .listen_address = ListenText(addresses_[client.listener]),
               .state = "conn_read",
               .idle_seconds = now - std::min(now, active)});
    });
  }
}

void Server::VisitLatencies(protocol::LatencyVisitor visitor) const {
  for (size_t i = 0; i < kCommandKinds; ++i) {
    const auto kind = static_cast<CommandKind>(i);
    const auto histogram = std::make_unique<LatencyHistogram>();
    for (const auto& reactor : reactors_) reactor->latencies().AddTo(kind, histogram.get());
    visitor({.command = CommandKindName(kind),
             .count = histogram->total(),
             .p50_ns = histogram->PercentileNs(0.5),
             .p90_ns = histogram->PercentileNs(0.9),
             .p99_ns = histogram->PercentileNs(0.99),
             .p999_ns = histogram->PercentileNs(0.999),
             .max_ns = histogram->PercentileNs(1)});
  }
}

void Server::TakeSnapshot(ServerSnapshot* snapshot) const {
  *snapshot = ServerSnapshot();
  snapshot->figures = Figures();
  snapshot->totals = Totals();
  snapshot->cache = cache_.Stats();
  for (const auto& reactor : reactors_) {
    for (size_t i = 0; i < kCommandKinds; ++i) {
      reactor->latencies().AddTo(static_cast<CommandKind>(i), &snapshot->latencies[i]);
    }
    reactor->latencies().AddTurnsTo(&snapshot->turns);
  }
}

void Server::VisitClasses(protocol::StatVisitor visitor) const {
  TurnClock clock = start_clock_;
  clock.Read();
  const storage::CacheStats stats = cache_.Stats();
  const protocol::CounterTotals totals = Totals();
  protocol::PrintItemClass(stats, totals, clock.time().now, visitor);
  protocol::PrintSlabClass(stats, totals, visitor);
}

void Server::SetDetail(bool on) {
  detail_.store(on, std::memory_order_relaxed);
  for (const auto& reactor : reactors_) reactor->SetDetail(on);
}

protocol::PrefixTotals Server::Prefixes() const {
  protocol::PrefixTotals totals;
  for (const auto& reactor : reactors_) reactor->prefixes().AddTo(&totals);
  return totals;
}

void Server::ClearSamples() {
  for (const auto& reactor : reactors_) {
    reactor->prefixes().Clear();
    reactor->latencies().Clear();
  }
}

// Commands are answered in a reactor's turn.
std::unique_ptr<protocol::ReplyStream> Server::Watch(uint32_t topics) {
  return Reactor::Current()->Watch(topics);
}

protocol::StatsBaseline Server::Baseline() const {
  storage::MutexLock lock(&baseline_mutex_);
  return baseline_;
}

void Server::SetBaseline(const protocol::StatsBaseline& baseline) {
  storage::MutexLock lock(&baseline_mutex_);
  baseline_ = baseline;
}

}  // namespace ringcached::server
