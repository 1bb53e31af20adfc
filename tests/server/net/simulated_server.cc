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

std::vector<Listener> OneListener() {
  std::vector<Listener> listeners;
  listeners.emplace_back();
  return listeners;
}

}  // namespace

SimulatedServer::SimulatedServer(const Options& options)
    : cache_(*storage::Cache::Create({})),
      limit_(options.max_connections),
      acceptor_(OneListener(), limit_),
      reactor_({RingOptionsFor(options), options.drain_timeout_ms, TurnClock(clock_)}, *cache_,
               control_, limit_) {
  auto ring = std::make_unique<SimulatedRing>(RingOptionsFor(options), options.faults);
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
