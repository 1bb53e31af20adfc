// A client of a simulation: its script, what of it is sent, what has come back.

#ifndef RINGCACHED_TESTS_SIMULATION_CLIENT_H_
#define RINGCACHED_TESTS_SIMULATION_CLIENT_H_

#include <cstdint>
#include <string>

#include "tests/sim/simulated_ring.h"
#include "tests/simulation/choices.h"
#include "tests/simulation/script.h"

namespace ringcached::simulation {

class Client {
 public:
  Client(uint64_t number, Dialect dialect, size_t most_value_bytes, server::SimulatedRing* ring);

  // One step of its own: asks, sends a piece cut anywhere, takes replies or leaves them.
  void Step(Choices& choices);
  // Asks nothing more and ends its side once everything is sent.
  void Finish() { finishes_ = true; }
  // Takes all that has come.
  void TakeReplies();
  void Reset();

  uint64_t number() const { return number_; }
  // By itself, or by a fault.
  bool was_reset() const { return reset_ || ring_->PeerWasReset(peer_); }
  // Everything was sent and answered, and nothing more will be asked.
  bool done() const { return finishes_ && unsent_.empty() && missing_bytes() == 0; }
  bool closed() const { return ring_->PeerIsClosed(peer_); }
  // Empty if what has come is what must come, as far as it goes. A client that was reset may lack
  // the end.
  std::string Wrong() const;
  size_t missing_bytes() const { return expected_.size() - received_.size(); }

 private:
  void Ask(Choices& choices);
  void Send(Choices& choices);

  const uint64_t number_;
  Script script_;
  server::SimulatedRing* const ring_;
  const server::PeerId peer_;
  std::string unsent_;
  std::string expected_;
  std::string received_;
  bool finishes_ = false;
  bool ended_ = false;
  bool reset_ = false;
};

}  // namespace ringcached::simulation

#endif  // RINGCACHED_TESTS_SIMULATION_CLIENT_H_
