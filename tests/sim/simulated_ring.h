// A ring over no kernel: the test plays the peers, and SubmitAndWait() completes what they made
// possible, in an order and with the faults that a seed decides. It checks the rules of ring.h:
// whoever breaks one is told at once.
//
// Differences from a real ring:
//  - It never blocks: SubmitAndWait() with nothing complete returns nothing, whatever the timeout.
//    Time belongs to the test.
//  - Accepted "descriptors" are tokens from kFirstToken on, good for Attach() only; system calls on
//    them fail with EBADF.
//
// Everything but Wake() is for one thread, the peers' side included.

#ifndef RINGCACHED_TESTS_SIM_SIMULATED_RING_H_
#define RINGCACHED_TESTS_SIM_SIMULATED_RING_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "server/io/ring.h"
#include "tests/sim/faults.h"
#include "tests/sim/receive_pool.h"

namespace ringcached::server {

// The far end of one connection; the number is its accepted token.
struct PeerId {
  int token = -1;
  friend auto operator<=>(const PeerId&, const PeerId&) = default;
};

enum class OnViolation { kAbort, kRecord };

class SimulatedRing final : public Ring {
 public:
  static constexpr int kFirstToken = 1'000'000;
  static constexpr size_t kDefaultWindowBytes = 64 * 1024;

  SimulatedRing(const RingOptions& options, const FaultPlan& plan,
                OnViolation on_violation = OnViolation::kAbort);

  // The peers' side.
  // A new connection; it waits in the listener's backlog until an accept takes it.
  PeerId Connect(uint32_t listener);
  void PeerSend(PeerId peer, std::string_view bytes);
  // Takes everything that the server has sent so far, which makes room for more.
  std::string PeerReceive(PeerId peer);
  // The end of the peer's bytes: the server receives 0 after them.
  void PeerClose(PeerId peer);
  // What the server has not received yet is lost; it sees -ECONNRESET.
  void PeerReset(PeerId peer);
  // How many bytes the server can send before PeerReceive() takes some.
  void SetPeerWindow(PeerId peer, size_t bytes);
  // Whether the server has ended its side (shut down for writing, or closed).
  bool PeerSeesEnd(PeerId peer) const;
  bool PeerIsClosed(PeerId peer) const;
  // By PeerReset() or by a fault.
  bool PeerWasReset(PeerId peer) const;

  // What the last SubmitAndWait() was allowed to wait.
  int last_timeout_ms() const { return last_timeout_ms_; }
  const FaultCounters& faults() const { return faults_.counters(); }
  // The broken rules, in order; stays empty with OnViolation::kAbort.
  const std::vector<std::string>& violations() const { return violations_; }

  // The server's side.
  void ArmAccept(uint32_t listener, int listen_fd) override;
  void CancelAccept(uint32_t listener) override;
  absl::Status Attach(ConnectionId id, int fd) override;
  void ArmReceive(ConnectionId id) override;
  void CancelReceive(ConnectionId id) override;
  void Send(ConnectionId id, const msghdr* message) override;
  void Shutdown(ConnectionId id, int how) override;
  void Close(ConnectionId id) override;
  std::span<const Completion> SubmitAndWait(int timeout_ms) override;
  void Wake() override { woken_.store(true); }
  const RingCounters& counters() const override { return counters_; }
  std::string Describe() const override { return "simulated"; }

 private:
  struct Listener {
    bool armed = false;
    bool cancelled = false;
    std::deque<PeerId> backlog;
  };
  struct Peer {
    std::string to_server;    // sent, not yet received
    std::string from_server;  // sent by the server, not yet taken
    size_t window_bytes = kDefaultWindowBytes;
    bool accepted = false;
    bool attached = false;  // once is for ever
    bool ended = false;     // nothing follows to_server
    bool reset = false;
    bool sees_end = false;
    bool closed = false;
  };
  struct Slot {
    bool attached = false;
    uint32_t generation = 0;
    PeerId peer;
    bool receive_armed = false;
    bool receive_cancelled = false;
    bool closing = false;
    bool shut_read = false;
    bool shut_write = false;
    bool send_too_late = false;  // sent after the shutdown for writing
    const msghdr* message = nullptr;
    std::string message_bytes = {};  // as they were when the send was queued
  };

  bool Check(bool kept, std::string_view rule);
  Slot* SlotOf(ConnectionId id, std::string_view operation);

  std::vector<uint32_t> SlotsInRandomOrder();
  void StepListener(uint32_t number, Listener& listener);
  void StepSlot(ConnectionId id, Slot& slot);
  void StepSend(ConnectionId id, Slot& slot, Peer& peer);
  void StepReceive(ConnectionId id, Slot& slot, Peer& peer);
  bool ReceiveOnce(ConnectionId id, Slot& slot, Peer& peer);
  void StepClose(ConnectionId id, Slot& slot, Peer& peer);
  void EndReceive(ConnectionId id, Slot& slot, int result);
  void FinishSend(ConnectionId id, Slot& slot, int result);

  void DeliverStale();

  bool full() const { return completions_.size() >= turn_limit_; }

  RingOptions options_;
  OnViolation on_violation_;
  std::thread::id thread_ = std::this_thread::get_id();
  FaultSource faults_;
  RingCounters counters_;
  std::vector<std::string> violations_;
  ReceivePool pool_;
  std::map<uint32_t, Listener> listeners_;
  std::map<PeerId, Peer> peers_;
  std::vector<Slot> slots_;
  std::vector<Completion> completions_;
  size_t turn_limit_ = 0;            // completions of this turn
  std::vector<ConnectionId> stale_;  // closed ones that will turn up once more
  std::atomic<bool> woken_ = false;
  int last_timeout_ms_ = kWaitForever;
  int next_token_ = kFirstToken;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_TESTS_SIM_SIMULATED_RING_H_
