// A reactor with its acceptor over the simulated ring, turned by hand: the server without threads,
// sockets or time.

#ifndef RINGCACHED_TESTS_SERVER_NET_SIMULATED_SERVER_H_
#define RINGCACHED_TESTS_SERVER_NET_SIMULATED_SERVER_H_

#include <cstdint>
#include <memory>

#include "server/net/acceptor.h"
#include "server/net/connection_limit.h"
#include "server/net/reactor.h"
#include "storage/cache.h"
#include "tests/protocol/fake_server_control.h"
#include "tests/sim/simulated_ring.h"

namespace ringcached::server {

class ManualClock final : public Clock {
 public:
  Reading Read() const override { return now_; }
  int64_t NowNs() const override { return now_.monotonic_ms * 1'000'000; }
  void AdvanceMs(int64_t ms) { now_.monotonic_ms += ms; }
  // As if somebody set the wall clock.
  void SetWallForward(int64_t seconds) { now_.unix_seconds += seconds; }

 private:
  Reading now_{1'000'000, 1'700'000'000};
};

class SimulatedServer {
 public:
  struct Options {
    FaultPlan faults;
    uint32_t max_connections = 32;
    uint32_t receive_buffers = 8;
    uint32_t receive_buffer_bytes = 64;
    int64_t drain_timeout_ms = 1000;
    uint32_t turn_requests = protocol::kTurnRequests;
    uint32_t idle_timeout_seconds = 0;
    Acceptor::WhenFull when_full = Acceptor::WhenFull::kReject;
    size_t watcher_buffer_bytes = kDefaultWatcherBufferBytes;
    storage::CacheOptions cache;
    OnViolation on_violation = OnViolation::kAbort;
  };
  explicit SimulatedServer(const Options& options);

  SimulatedRing& ring() { return *ring_; }
  Reactor& reactor() { return reactor_; }
  ConnectionLimit& limit() { return limit_; }
  ManualClock& clock() { return clock_; }
  Acceptor& acceptor() { return acceptor_; }
  storage::Cache& cache() { return *cache_; }
  WatchHub& watch_hub() { return watch_hub_; }

  // Turns, each a millisecond after the last.
  void Turn(int turns = 1);

 private:
  ManualClock clock_;
  std::unique_ptr<storage::Cache> cache_;
  protocol::CommandCounters unused_counters_;  // the reactor has its own
  protocol::FakeServerControl control_{&unused_counters_};
  WatchHub watch_hub_;
  ConnectionLimit limit_;
  Acceptor acceptor_;
  Reactor reactor_;
  SimulatedRing* ring_;  // the reactor's
};

}  // namespace ringcached::server

#endif  // RINGCACHED_TESTS_SERVER_NET_SIMULATED_SERVER_H_
