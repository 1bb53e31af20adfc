#include "tests/server/net/simulated_server.h"

#include <utility>
#include <vector>

namespace ringcached::server {
namespace {

RingOptions RingOptionsFor(const SimulatedServer::Options& options) {
  RingOptions ring;
  ring.max_connections = options.max_connections;
  ring.receive_buffers = options.receive_buffers;
  ring.receive_buffer_bytes = options.receive_buffer_bytes;
  ring.max_completions_per_turn = 64;
  return ring;
}

ReactorOptions ReactorOptionsFor(const SimulatedServer::Options& options, const Clock& clock,
                                 WatchHub* watch_hub) {
  ReactorOptions reactor{RingOptionsFor(options), options.drain_timeout_ms, TurnClock(clock)};
  reactor.turn_requests = options.turn_requests;
  reactor.idle_timeout_seconds = options.idle_timeout_seconds;
  reactor.watch_hub = watch_hub;
  return reactor;
}

std::vector<Listener> OneListener() {
  std::vector<Listener> listeners;
  listeners.emplace_back();
  return listeners;
}

}  // namespace

SimulatedServer::SimulatedServer(const Options& options)
    : cache_(*storage::Cache::Create(options.cache)),
      watch_hub_(options.watcher_buffer_bytes),
      limit_(options.max_connections),
      acceptor_(OneListener(), limit_, options.when_full),
      reactor_(ReactorOptionsFor(options, clock_, &watch_hub_), *cache_, control_, limit_) {
  control_.make_watch = [this] { return reactor_.Watch(control_.watched_topics); };
  auto ring = std::make_unique<SimulatedRing>(RingOptionsFor(options), options.faults,
                                              options.on_violation);
  ring_ = ring.get();
  acceptor_.AddTarget(&reactor_);
  reactor_.SetAcceptor(&acceptor_);
  reactor_.Begin(std::move(ring));
}

void SimulatedServer::Turn(int turns) {
  for (int i = 0; i < turns && !reactor_.Finished(); ++i) {
    clock_.AdvanceMs(1);
    reactor_.Turn();
  }
}

}  // namespace ringcached::server
