// A reactor: one ring and its connections, worked off on one thread (ReactorThread, or a test).
// Each turn submits what the last one queued, reaps what is complete, works it off, and settles
// each connection that something happened to.

#ifndef RINGCACHED_SERVER_NET_REACTOR_H_
#define RINGCACHED_SERVER_NET_REACTOR_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/counters.h"
#include "protocol/execute.h"
#include "protocol/limits.h"
#include "protocol/prefix_counts.h"
#include "protocol/server_control.h"
#include "server/io/ring.h"
#include "server/net/acceptor.h"
#include "server/net/client_list.h"
#include "server/net/connection_limit.h"
#include "server/net/connection_table.h"
#include "server/net/descriptor_target.h"
#include "server/net/latency_recorder.h"
#include "server/net/mailbox.h"
#include "server/net/memory_ledger.h"
#include "server/net/outgoing.h"
#include "server/net/turn_clock.h"
#include "server/net/watch_hub.h"
#include "storage/cache.h"
#include "storage/eviction_observer.h"

namespace ringcached::server {

struct ReactorOptions {
  RingOptions ring;
  // How long a drain waits for clients to take their replies; then they are cut off.
  int64_t drain_timeout_ms = 2000;
  TurnClock clock;
  // By the listener that a client came in by; beyond them every dialect is spoken.
  std::vector<protocol::SpokenDialects> dialects = {};
  // Requests that a connection may have answered in one turn.
  uint32_t turn_requests = protocol::kTurnRequests;
  // Clients that have sent nothing for so long are closed; 0: never.
  uint32_t idle_timeout_seconds = 0;
  char prefix_delimiter = ':';
  // Where events go; null: nowhere. Outlives the reactor.
  WatchHub* watch_hub = nullptr;
  size_t event_buffer_bytes = kDefaultWorkerBufferBytes;
};

// What a reactor has done, for other threads; each figure as of the end of some recent turn.
struct ReactorFigures {
  uint64_t connections = 0;
  uint64_t connection_structures = 0;
  uint64_t connection_bytes = 0;  // buffers of connections, spare ones included
  uint64_t idle_kicks = 0;
  RingCounters ring;
};

class Reactor final : public DescriptorTarget, public WatcherHome {
 public:
  // The references outlive the reactor.
  Reactor(ReactorOptions options, storage::Cache& cache, protocol::ServerControl& server,
          ConnectionLimit& limit);
  // Has the reactor run the acceptor too. Before Begin(); `acceptor` outlives the reactor.
  void SetAcceptor(Acceptor* acceptor) { acceptor_ = acceptor; }
  // Has the reactor tick the ledger. Before Begin(); `ledger` outlives the reactor.
  void SetLedger(MemoryLedger* ledger) { ledger_ = ledger; }

  // The reactor's thread: takes its ring, turns until it has finished, gives up the ring.
  void Begin(std::unique_ptr<Ring> ring);
  void Turn();
  bool Finished() const;
  void End();
  // The one whose turn this thread is in; null outside of turns.
  static Reactor* Current();

  // The rest is for any thread, between Begin() and End(); figures also later.

  // What the ring is, for people.
  const std::string& ring_description() const { return ring_description_; }
  // Accept nothing more, answer what has arrived, finish.
  void RequestStop();

  void HandOver(AcceptedClient client) override;
  uint32_t load() const override { return load_.load(std::memory_order_relaxed); }
  const protocol::CommandCounters& counters() const { return counters_; }
  ReactorFigures Figures() const;
  const ClientList& clients() const { return clients_; }
  LatencyRecorder& latencies() { return latencies_; }
  protocol::PrefixCounts& prefixes() { return prefixes_; }
  // Whether requests are counted by prefix: from now on where it is called in this reactor's turn,
  // else from its next turn on.
  void SetDetail(bool on);
  void WakeForWatchers() override;

  // For what happens in this reactor's turn, on its thread.
  ReactorEvents& events() { return events_; }
  const protocol::TurnTime& time() const { return clock_.time(); }
  std::unique_ptr<protocol::ReplyStream> Watch(uint32_t topics);

 private:
  enum class Phase : uint8_t { kServing, kDraining, kAborting };
  // How long an aborted connection's last completions are waited for.
  static constexpr int64_t kAbortTimeoutMs = 1000;
  static constexpr int kIdleCheckMs = 1000;
  // A piece of a stream is written at least every so many turns.
  static constexpr uint32_t kMostTurnsDeferred = 4;

  ConnectionContext Context();
  void ReadTime();
  void WorkOff(std::span<const Completion> completions);
  size_t Prepare(std::span<const Completion> completions);
  void Dispatch(const Completion& completion);
  void OnConnection(const Completion& completion);
  void MarkSettleDue(Connection& connection);
  void SettleDue();
  void Defer(Connection& connection);
  void TakeUpDeferred();
  void Adopt(AcceptedClient client);
  void AdoptWaiting();
  void Remove(ConnectionId id);
  void CountBuffers(Connection& connection, size_t bytes);
  void TellOfClient(const Client& client, std::string_view close_reason);
  void ResumeWatchers();
  void CloseIdle();
  void AdvancePhase();
  void BeginDrain();
  int WaitMs() const;
  void PublishFigures();

  const ReactorOptions options_;
  storage::Cache& cache_;
  ConnectionLimit& limit_;
  Acceptor* acceptor_ = nullptr;
  MemoryLedger* ledger_ = nullptr;
  std::string ring_description_;

  // Shared with other threads.
  Mailbox mailbox_;
  ClientList clients_;
  LatencyRecorder latencies_;
  protocol::PrefixCounts prefixes_;
  std::atomic<bool> detail_ = false;
  std::atomic<bool> watchers_due_ = false;
  storage::Mutex wake_mutex_;
  bool ended_ ABSL_GUARDED_BY(wake_mutex_) = false;
  std::atomic<uint32_t> load_ = 0;
  std::atomic<bool> stop_requested_ = false;
  protocol::CommandCounters counters_;
  struct PublishedFigures {
    std::atomic<uint64_t> connection_structures = 0;
    std::atomic<uint64_t> connection_bytes = 0;
    std::atomic<uint64_t> turns = 0;
    std::atomic<uint64_t> completions = 0;
    std::atomic<uint64_t> receive_no_buffers = 0;
    std::atomic<uint64_t> completion_overflows = 0;
    std::atomic<uint64_t> submit_retries = 0;
    std::atomic<uint64_t> receive_buffer_bytes = 0;
    std::atomic<uint64_t> idle_kicks = 0;
  } published_;

  // The reactor thread's own.
  std::unique_ptr<Ring> ring_;
  TurnClock clock_;
  protocol::LookupBatch batch_;
  protocol::ExecuteContext execute_;
  OutgoingPool pool_;
  ConnectionTable connections_;
  size_t connection_bytes_ = 0;  // the sum of Connection::counted_bytes
  std::vector<ConnectionId> settle_due_;
  std::vector<ConnectionId> settling_;  // being settled
  std::vector<ConnectionId> deferred_;  // with a stream to go on with
  uint32_t turns_deferred_ = 0;         // those that deferred_ has waited
  std::vector<ConnectionId> watching_;  // those with a watcher, and some that had one
  ReactorEvents events_;
  ConnectionId serving_;  // whose requests are being answered
  uint64_t turn_ = 0;
  uint64_t idle_kicks_ = 0;
  storage::CacheSecond idle_checked_at_ = 0;
  Phase phase_ = Phase::kServing;
  int64_t deadline_ms_ = 0;  // of the phase
};

// Tells those who watch the reactor in whose turn an item is evicted. The same for all caches.
storage::EvictionObserver* EvictionEvents();

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_REACTOR_H_
