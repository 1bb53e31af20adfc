#include "server/net/server.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "absl/strings/str_cat.h"

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

int64_t Microseconds(const timeval& time) {
  return int64_t{time.tv_sec} * 1'000'000 + time.tv_usec;
}

}  // namespace

Server::Server(ServerOptions options, std::vector<Listener> listeners, storage::Cache& cache)
    : options_(std::move(options)),
      ring_options_(MakeRingOptions(options_)),
      cache_(cache),
      addresses_(AddressesOf(listeners)),
      limit_(options_.max_connections),
      acceptor_(std::move(listeners), limit_) {}

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
  const ReactorOptions options{ring_options_, options_.drain_timeout_ms, start_clock_};
  for (int i = 0; i < options_.threads; ++i) {
    reactors_.push_back(std::make_unique<Reactor>(options, cache_, control, limit_));
    threads_.push_back(std::make_unique<ReactorThread>(*reactors_.back()));
    acceptor_.AddTarget(reactors_.back().get());
  }
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
  figures.read_buffer_bytes = receive_buffer_bytes();
  figures.resident_bytes = ledger_ == nullptr ? 0 : ledger_->resident_bytes();
  for (const auto& reactor : reactors_) {
    const ReactorFigures of_reactor = reactor->Figures();
    figures.connection_structures += of_reactor.connection_structures;
    figures.connection_bytes += of_reactor.connection_bytes;
    figures.loop_turns += of_reactor.ring.turns;
    figures.completions += of_reactor.ring.completions;
    figures.receive_no_buffers += of_reactor.ring.receive_no_buffers;
    figures.completion_overflows += of_reactor.ring.completion_overflows;
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

protocol::StatsBaseline Server::Baseline() const {
  storage::MutexLock lock(&baseline_mutex_);
  return baseline_;
}

void Server::SetBaseline(const protocol::StatsBaseline& baseline) {
  storage::MutexLock lock(&baseline_mutex_);
  baseline_ = baseline;
}

}  // namespace ringcached::server
