// Invariants:
//  - Everything of a connection happens on its reactor's thread.
//  - A connection in settle_due_ is there once per turn; one that was removed is skipped by its id.
//  - load_ counts a client from HandOver() until its slot is free again.

#include "server/net/reactor.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace ringcached::server {
namespace {

thread_local Reactor* current_reactor = nullptr;

class EvictionTeller final : public storage::EvictionObserver {
 public:
  bool Wants() const override {
    return current_reactor != nullptr && current_reactor->events().Wants(protocol::kWatchEvictions);
  }
  void OnEvicted(const storage::ItemView& item) override {
    protocol::LogEviction(item, current_reactor->time(), current_reactor->events());
  }
};

// The shorter of two waits, either of which may be for ever.
int Sooner(int a_ms, int b_ms) {
  if (a_ms == Ring::kWaitForever || b_ms == Ring::kWaitForever) return std::max(a_ms, b_ms);
  return std::min(a_ms, b_ms);
}

}  // namespace

storage::EvictionObserver* EvictionEvents() {
  static EvictionTeller teller;
  return &teller;
}

Reactor* Reactor::Current() { return current_reactor; }

Reactor::Reactor(ReactorOptions options, storage::Cache& cache, protocol::ServerControl& server,
                 ConnectionLimit& limit)
    : options_(std::move(options)),
      cache_(cache),
      limit_(limit),
      prefixes_(options_.prefix_delimiter),
      clock_(options_.clock),
      batch_(cache_),
      connections_(options_.ring.max_connections),
      events_(options_.watch_hub, options_.event_buffer_bytes) {
  execute_.cache = &cache_;
  execute_.batch = &batch_;
  execute_.server = &server;
  execute_.counters = &counters_;
}

void Reactor::Begin(std::unique_ptr<Ring> ring) {
  ring_ = std::move(ring);
  ring_description_ = ring_->Describe();
  if (acceptor_ != nullptr) acceptor_->Start(*ring_);
}

void Reactor::RequestStop() {
  stop_requested_.store(true, std::memory_order_release);
  ring_->Wake();
}

void Reactor::End() {
  storage::MutexLock lock(&wake_mutex_);
  ended_ = true;
  ring_.reset();
}

void Reactor::HandOver(AcceptedClient client) {
  load_.fetch_add(1, std::memory_order_relaxed);
  if (mailbox_.Put(std::move(client))) ring_->Wake();
}

// Others may publish for a watcher here until it has been closed, and that may be after the end.
void Reactor::WakeForWatchers() {
  if (watchers_due_.exchange(true, std::memory_order_acq_rel)) return;
  storage::MutexLock lock(&wake_mutex_);
  if (!ended_) ring_->Wake();
}

std::unique_ptr<protocol::ReplyStream> Reactor::Watch(uint32_t topics) {
  if (options_.watch_hub == nullptr) return nullptr;
  std::unique_ptr<protocol::ReplyStream> watcher = options_.watch_hub->Watch(topics, this);
  if (watcher != nullptr) watching_.push_back(serving_);
  return watcher;
}

ConnectionContext Reactor::Context() {
  return {
      *ring_, pool_, execute_, options_.ring.receive_buffer_bytes, turn_, options_.turn_requests};
}

void Reactor::SetDetail(bool on) {
  detail_.store(on, std::memory_order_relaxed);
  if (current_reactor == this) execute_.prefixes = on ? &prefixes_ : nullptr;
}

void Reactor::ReadTime() {
  clock_.Read();
  execute_.time = clock_.time();
  execute_.prefixes = detail_.load(std::memory_order_relaxed) ? &prefixes_ : nullptr;
  execute_.events = events_.Wants(protocol::kWatchableTopics) ? &events_ : nullptr;
}

void Reactor::Turn() {
  const std::span<const Completion> completions = ring_->SubmitAndWait(WaitMs());
  const int64_t began_ns = clock_.NowNs();
  current_reactor = this;
  ++turn_;
  ReadTime();
  WorkOff(completions);
  if (watchers_due_.load(std::memory_order_relaxed)) ResumeWatchers();
  TakeUpDeferred();
  SettleDue();
  const auto worked_ns = static_cast<uint64_t>(std::max<int64_t>(clock_.NowNs() - began_ns, 0));
  latencies_.Record(worked_ns, counters_);
  if (!completions.empty()) latencies_.RecordTurn(worked_ns);
  if (options_.idle_timeout_seconds != 0) CloseIdle();
  if (acceptor_ != nullptr) acceptor_->Settle(*ring_, clock_.monotonic_ms());
  if (ledger_ != nullptr) ledger_->Tick(clock_.monotonic_ms(), clock_.time().now);
  AdvancePhase();
  events_.Publish(clock_.time().unix_seconds * 1'000'000 + clock_.unix_us_of_second());
  PublishFigures();
  current_reactor = nullptr;
}

void Reactor::WorkOff(std::span<const Completion> completions) {
  const auto receives = std::count_if(
      completions.begin(), completions.end(),
      [](const Completion& completion) { return completion.kind == CompletionKind::kReceived; });
  while (!completions.empty()) {
    // One alone would only pay for it.
    const size_t group = receives > 1 ? Prepare(completions) : completions.size();
    for (const Completion& completion : completions.first(group)) Dispatch(completion);
    completions = completions.subspan(group);
  }
  // What it holds lies in buffers that the next turn fills anew.
  batch_.Clear();
}

// Has the sessions look ahead to which the first completions bring something, until there are keys
// enough; how many completions those are.
size_t Reactor::Prepare(std::span<const Completion> completions) {
  const ConnectionContext context = Context();
  batch_.Clear();
  size_t prepared = 0;
  for (; prepared < completions.size() && !batch_.full(); ++prepared) {
    const Completion& completion = completions[prepared];
    if (completion.kind != CompletionKind::kReceived) continue;
    const Connection* const connection = connections_.Find(completion.connection);
    if (connection != nullptr) connection->Prepare(completion, context);
  }
  batch_.PrefetchItems();
  return prepared;
}

void Reactor::Dispatch(const Completion& completion) {
  switch (completion.kind) {
    case CompletionKind::kReceived:
    case CompletionKind::kSent:
      return OnConnection(completion);
    case CompletionKind::kClosed:
      return Remove(completion.connection);
    case CompletionKind::kAccepted:
      return acceptor_->OnAccepted(completion, clock_.monotonic_ms());
    case CompletionKind::kWoken:
      return AdoptWaiting();
  }
}

void Reactor::OnConnection(const Completion& completion) {
  Connection* const connection = connections_.Find(completion.connection);
  if (connection == nullptr) return;
  ConnectionContext context = Context();
  serving_ = completion.connection;
  if (completion.kind == CompletionKind::kReceived) {
    connection->OnReceived(completion, context);
  } else {
    connection->OnSent(completion, context);
  }
  MarkSettleDue(*connection);
}

void Reactor::MarkSettleDue(Connection& connection) {
  if (connection.settle_due) return;
  connection.settle_due = true;
  settle_due_.push_back(connection.id());
}

void Reactor::SettleDue() {
  ConnectionContext context = Context();
  settling_.swap(settle_due_);
  for (const ConnectionId id : settling_) {
    Connection* const connection = connections_.Find(id);
    if (connection == nullptr) continue;
    connection->settle_due = false;
    serving_ = id;
    connection->Settle(context);
    CountBuffers(*connection, connection->buffer_bytes());
    // What it may have answered in this turn is used up: it is due in the next one.
    if (!connection->wants_turn()) continue;
    if (connection->streams()) {
      Defer(*connection);
    } else {
      MarkSettleDue(*connection);
    }
  }
  settling_.clear();
}

void Reactor::Defer(Connection& connection) {
  if (connection.deferred) return;
  connection.deferred = true;
  deferred_.push_back(connection.id());
}

// A dump may take seconds and is worth little to anybody in a hurry: its next piece waits while
// there is something else to do, though not for ever.
void Reactor::TakeUpDeferred() {
  if (deferred_.empty()) return;
  if (!settle_due_.empty() && ++turns_deferred_ < kMostTurnsDeferred) return;
  turns_deferred_ = 0;
  for (const ConnectionId id : deferred_) {
    Connection* const connection = connections_.Find(id);
    if (connection == nullptr) continue;
    connection->deferred = false;
    MarkSettleDue(*connection);
  }
  deferred_.clear();
}

// A stream that waits is resumed whenever there may be something; most are of other connections.
void Reactor::ResumeWatchers() {
  watchers_due_.exchange(false, std::memory_order_acq_rel);
  std::erase_if(watching_, [this](ConnectionId id) { return connections_.Find(id) == nullptr; });
  for (const ConnectionId id : watching_) {
    Connection* const connection = connections_.Find(id);
    connection->NoteStream();
    MarkSettleDue(*connection);
  }
}

void Reactor::CloseIdle() {
  const storage::CacheSecond now = clock_.time().now;
  if (now == idle_checked_at_) return;
  idle_checked_at_ = now;
  connections_.ForEach([&](Connection& connection) {
    const storage::CacheSecond active =
        connection.client->active_at.load(std::memory_order_relaxed);
    if (connection.idle_kicked || !connection.awaits_client()) return;
    if (now - active <= options_.idle_timeout_seconds) return;
    connection.idle_kicked = true;
    ++idle_kicks_;
    connection.Abort(*ring_);
    MarkSettleDue(connection);
  });
}

void Reactor::TellOfClient(const Client& client, std::string_view close_reason) {
  if (!events_.Wants(protocol::kWatchConnevents)) return;
  const std::string host = client.address.Host();
  protocol::LogConnection({.host = host,
                           .port = client.address.port,
                           .transport = client.address.family == AF_UNIX ? "local" : "tcp",
                           .reason = close_reason,
                           .connection = client.number},
                          events_);
}

void Reactor::CountBuffers(Connection& connection, size_t bytes) {
  connection_bytes_ += bytes - connection.counted_bytes;
  connection.counted_bytes = bytes;
}

void Reactor::AdoptWaiting() {
  for (AcceptedClient& client : mailbox_.TakeAll()) Adopt(std::move(client));
}

void Reactor::Adopt(AcceptedClient client) {
  const ClientAddress address = ClientAddress::OfPeer(client.socket.get());
  const auto spoken = client.listener < options_.dialects.size()
                          ? options_.dialects[client.listener]
                          : protocol::SpokenDialects::kAll;
  Connection* const connection = connections_.Add(spoken);
  const bool attached =
      connection != nullptr && ring_->Attach(connection->id(), client.socket.Release()).ok();
  if (!attached) {
    if (connection != nullptr) connections_.Remove(connection->id());
    load_.fetch_sub(1, std::memory_order_relaxed);
    limit_.Release();
    return;
  }
  connection->client = clients_.Add(client.number, client.listener, address, clock_.time().now);
  TellOfClient(*connection->client, /*close_reason=*/{});
  if (phase_ != Phase::kServing) connection->Drain(*ring_);
  MarkSettleDue(*connection);
}

void Reactor::Remove(ConnectionId id) {
  Connection* const connection = connections_.Find(id);
  if (connection == nullptr) return;
  CountBuffers(*connection, 0);
  TellOfClient(*connection->client,
               connection->idle_kicked ? "idle_timeout" : connection->close_reason());
  clients_.Remove(connection->client);
  connections_.Remove(id);
  load_.fetch_sub(1, std::memory_order_relaxed);
  limit_.Release();
}

void Reactor::AdvancePhase() {
  if (phase_ == Phase::kServing) {
    if (stop_requested_.load(std::memory_order_acquire)) BeginDrain();
    return;
  }
  if (phase_ == Phase::kDraining && clock_.monotonic_ms() >= deadline_ms_) {
    phase_ = Phase::kAborting;
    deadline_ms_ = clock_.monotonic_ms() + kAbortTimeoutMs;
    connections_.ForEach([this](Connection& connection) {
      connection.Abort(*ring_);
      MarkSettleDue(connection);
    });
    SettleDue();
  }
}

void Reactor::BeginDrain() {
  phase_ = Phase::kDraining;
  deadline_ms_ = clock_.monotonic_ms() + options_.drain_timeout_ms;
  if (acceptor_ != nullptr) acceptor_->Stop(*ring_);
  connections_.ForEach([this](Connection& connection) { connection.Drain(*ring_); });
}

bool Reactor::Finished() const {
  if (phase_ == Phase::kServing) return false;
  if (phase_ == Phase::kAborting && clock_.monotonic_ms() >= deadline_ms_) return true;
  const bool accepting = acceptor_ != nullptr && !acceptor_->stopped();
  return !accepting && load() == 0;
}

int Reactor::WaitMs() const {
  if (!settle_due_.empty()) return 0;
  // Where there are more threads than cores, the others would otherwise wait for as long as the
  // scheduler lets this one run.
  if (!deferred_.empty()) return Ring::kWaitBriefly;
  const int64_t now_ms = clock_.monotonic_ms();
  if (phase_ == Phase::kServing) {
    const bool checks_idle = options_.idle_timeout_seconds != 0 && connections_.size() > 0;
    const int idle_ms = checks_idle ? kIdleCheckMs : Ring::kWaitForever;
    const int acceptor_ms = acceptor_ == nullptr ? Ring::kWaitForever : acceptor_->WaitMs(now_ms);
    const int ledger_ms = ledger_ == nullptr ? Ring::kWaitForever : ledger_->WaitMs(now_ms);
    return Sooner(idle_ms, Sooner(acceptor_ms, ledger_ms));
  }
  return static_cast<int>(std::clamp<int64_t>(deadline_ms_ - now_ms, 0, options_.drain_timeout_ms));
}

void Reactor::PublishFigures() {
  const RingCounters& ring = ring_->counters();
  published_.connection_structures.store(connections_.size(), std::memory_order_relaxed);
  published_.connection_bytes.store(connection_bytes_ + pool_.spare_bytes(),
                                    std::memory_order_relaxed);
  published_.turns.store(ring.turns, std::memory_order_relaxed);
  published_.completions.store(ring.completions, std::memory_order_relaxed);
  published_.receive_no_buffers.store(ring.receive_no_buffers, std::memory_order_relaxed);
  published_.completion_overflows.store(ring.completion_overflows, std::memory_order_relaxed);
  published_.submit_retries.store(ring.submit_retries, std::memory_order_relaxed);
  published_.receive_buffer_bytes.store(ring.receive_buffer_bytes, std::memory_order_relaxed);
  published_.idle_kicks.store(idle_kicks_, std::memory_order_relaxed);
}

ReactorFigures Reactor::Figures() const {
  ReactorFigures figures;
  figures.connections = load();
  figures.connection_structures = published_.connection_structures.load(std::memory_order_relaxed);
  figures.connection_bytes = published_.connection_bytes.load(std::memory_order_relaxed);
  figures.ring.turns = published_.turns.load(std::memory_order_relaxed);
  figures.ring.completions = published_.completions.load(std::memory_order_relaxed);
  figures.ring.receive_no_buffers = published_.receive_no_buffers.load(std::memory_order_relaxed);
  figures.ring.completion_overflows =
      published_.completion_overflows.load(std::memory_order_relaxed);
  figures.ring.receive_buffer_bytes =
      published_.receive_buffer_bytes.load(std::memory_order_relaxed);
  figures.idle_kicks = published_.idle_kicks.load(std::memory_order_relaxed);
  figures.ring.submit_retries = published_.submit_retries.load(std::memory_order_relaxed);
  return figures;
}

}  // namespace ringcached::server
