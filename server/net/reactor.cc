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

// The shorter of two waits, either of which may be for ever.
int Sooner(int a_ms, int b_ms) {
  if (a_ms == Ring::kWaitForever || b_ms == Ring::kWaitForever) return std::max(a_ms, b_ms);
  return std::min(a_ms, b_ms);
}

}  // namespace

Reactor::Reactor(ReactorOptions options, storage::Cache& cache, protocol::ServerControl& server,
                 ConnectionLimit& limit)
    : options_(std::move(options)),
      cache_(cache),
      limit_(limit),
      clock_(options_.clock),
      connections_(options_.ring.max_connections) {
  execute_.cache = &cache_;
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

void Reactor::HandOver(UniqueFd socket) {
  load_.fetch_add(1, std::memory_order_relaxed);
  if (mailbox_.Put(std::move(socket))) ring_->Wake();
}

void Reactor::Turn() {
  const std::span<const Completion> completions = ring_->SubmitAndWait(WaitMs());
  clock_.Read();
  execute_.time = clock_.time();
  for (const Completion& completion : completions) Dispatch(completion);
  SettleDue();
  if (acceptor_ != nullptr) acceptor_->Settle(*ring_, clock_.monotonic_ms());
  if (ledger_ != nullptr) ledger_->Tick(clock_.monotonic_ms(), clock_.time().now);
  AdvancePhase();
  PublishFigures();
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
  ConnectionContext context{*ring_, pool_, execute_, options_.ring.receive_buffer_bytes};
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
  ConnectionContext context{*ring_, pool_, execute_, options_.ring.receive_buffer_bytes};
  for (const ConnectionId id : settle_due_) {
    Connection* const connection = connections_.Find(id);
    if (connection == nullptr) continue;
    connection->settle_due = false;
    connection->Settle(context);
    CountBuffers(*connection, connection->buffer_bytes());
  }
  settle_due_.clear();
}

void Reactor::CountBuffers(Connection& connection, size_t bytes) {
  connection_bytes_ += bytes - connection.counted_bytes;
  connection.counted_bytes = bytes;
}

void Reactor::AdoptWaiting() {
  for (UniqueFd& socket : mailbox_.TakeAll()) Adopt(std::move(socket));
}

void Reactor::Adopt(UniqueFd socket) {
  Connection* const connection = connections_.Add();
  const bool attached =
      connection != nullptr && ring_->Attach(connection->id(), socket.Release()).ok();
  if (!attached) {
    if (connection != nullptr) connections_.Remove(connection->id());
    load_.fetch_sub(1, std::memory_order_relaxed);
    limit_.Release();
    return;
  }
  if (phase_ != Phase::kServing) connection->Drain(*ring_);
  MarkSettleDue(*connection);
}

void Reactor::Remove(ConnectionId id) {
  Connection* const connection = connections_.Find(id);
  if (connection == nullptr) return;
  CountBuffers(*connection, 0);
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
  const int64_t now_ms = clock_.monotonic_ms();
  if (phase_ == Phase::kServing) {
    const int acceptor_ms = acceptor_ == nullptr ? Ring::kWaitForever : acceptor_->WaitMs(now_ms);
    const int ledger_ms = ledger_ == nullptr ? Ring::kWaitForever : ledger_->WaitMs(now_ms);
    return Sooner(acceptor_ms, ledger_ms);
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
  figures.ring.submit_retries = published_.submit_retries.load(std::memory_order_relaxed);
  return figures;
}

}  // namespace ringcached::server
