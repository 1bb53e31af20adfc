// Accepts clients and deals them out to the least loaded reactor. One acceptor serves all
// listeners; it runs on one reactor's thread and ring. (The kernel's own distribution over several
// listening sockets spreads few connections badly.)

#ifndef RINGCACHED_SERVER_NET_ACCEPTOR_H_
#define RINGCACHED_SERVER_NET_ACCEPTOR_H_

#include <cstddef>
#include <cstdint>
#include <latch>
#include <vector>

#include "server/io/completion.h"
#include "server/io/descriptor.h"
#include "server/io/ring.h"
#include "server/net/connection_limit.h"
#include "server/net/descriptor_target.h"
#include "server/net/listener.h"

namespace ringcached::server {

class Acceptor {
 public:
  // How long accepting rests after the system refused a descriptor; trying again at once would
  // find the same.
  static constexpr int64_t kRetryMs = 10;

  // REQUIRES: at least one listener and one target; targets and limit outlive the acceptor.
  Acceptor(std::vector<Listener> listeners, ConnectionLimit& limit);
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
  void Admit(UniqueFd socket);
  void FinishStop();

  std::vector<Entry> entries_;
  std::vector<DescriptorTarget*> targets_;
  ConnectionLimit& limit_;
  size_t armed_count_ = 0;
  int64_t rest_until_ms_ = 0;
  bool stopping_ = false;
  bool stop_finished_ = false;
  std::latch stopped_latch_{1};
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_ACCEPTOR_H_
