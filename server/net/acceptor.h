// Accepts clients and deals them out to the least loaded reactor. One acceptor serves all
// listeners; it runs on one reactor's thread and ring. (The kernel's own distribution over several
// listening sockets spreads few connections badly.)

#ifndef RINGCACHED_SERVER_NET_ACCEPTOR_H_
#define RINGCACHED_SERVER_NET_ACCEPTOR_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <latch>
#include <vector>

#include "server/io/completion.h"
#include "server/io/descriptor.h"
#include "server/io/ring.h"
#include "server/net/accepted_client.h"
#include "server/net/connection_limit.h"
#include "server/net/descriptor_target.h"
#include "server/net/listener.h"

namespace ringcached::server {

class Acceptor {
 public:
  // How long accepting rests after the system refused a descriptor; trying again at once would
  // find the same.
  static constexpr int64_t kRetryMs = 10;

  // What becomes of clients beyond the limit: they are told so and closed, or left in the system's
  // backlog until somebody leaves.
  enum class WhenFull : uint8_t { kReject, kWait };

  // REQUIRES: at least one listener and one target; targets and limit outlive the acceptor.
  Acceptor(std::vector<Listener> listeners, ConnectionLimit& limit,
           WhenFull when_full = WhenFull::kReject);
  void AddTarget(DescriptorTarget* target) { targets_.push_back(target); }

  // The rest is called on the thread of `ring`.

  void Start(Ring& ring);
  void OnAccepted(const Completion& completion, int64_t now_ms);
  // Once a turn: arms what has ended, unless resting.
  void Settle(Ring& ring, int64_t now_ms);
  // How long the ring may wait for the acceptor's sake; Ring::kWaitForever if it does not care.
  int WaitMs(int64_t now_ms) const;
  // Accepts no more; when the last accept has ended the listening sockets are closed.
  void Stop(Ring& ring);
  bool stopped() const { return stopping_ && armed_count_ == 0; }

  // From any thread: returns once no more clients will be handed over.
  void WaitUntilStopped() { stopped_latch_.wait(); }

 private:
  struct Entry {
    Listener listener;
    bool armed = false;
  };

  void Arm(Ring& ring, uint32_t index);
  void Admit(UniqueFd socket, uint32_t listener);
  void Deal(UniqueFd socket, uint32_t listener);
  void AdmitWaiting();
  void Pause(Ring& ring, int64_t now_ms);
  void FinishStop();

  std::vector<Entry> entries_;
  std::vector<DescriptorTarget*> targets_;
  ConnectionLimit& limit_;
  const WhenFull when_full_;
  // Accepted before accepting could be stopped at the limit: at most what one turn brings.
  std::deque<AcceptedClient> waiting_;
  bool paused_ = false;  // at the limit
  int64_t paused_at_ms_ = 0;
  uint64_t last_number_ = 0;
  size_t armed_count_ = 0;
  int64_t rest_until_ms_ = 0;
  bool stopping_ = false;
  bool stop_finished_ = false;
  std::latch stopped_latch_{1};
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_ACCEPTOR_H_
