// The signals that the daemon knows. SIGINT, SIGTERM and SIGUSR1 ask it to stop, SIGHUP to read its
// users anew; SIGPIPE is ignored, since a client that is gone must not end it.

#ifndef RINGCACHED_SERVER_PROCESS_SIGNALS_H_
#define RINGCACHED_SERVER_PROCESS_SIGNALS_H_

#include <chrono>
#include <csignal>

namespace ringcached::server {

class Signals {
 public:
  // From here on SIGINT, SIGTERM, SIGUSR1 and SIGHUP wait for Wait(). REQUIRES: no other threads
  // yet; those that start later inherit this.
  Signals();

  // Returns the signal once one has come; one that came since the construction counts.
  int Wait() const;
  // The same, for so long at most; 0 if none has come.
  int WaitFor(std::chrono::milliseconds time) const;

 private:
  sigset_t signals_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_SIGNALS_H_
