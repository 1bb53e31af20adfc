// Tells a service manager, systemd or one that does as it does, how far the server is: states sent
// as datagrams to the Unix socket that the environment variable NOTIFY_SOCKET names. Without that
// variable nothing happens. What cannot be sent is a warning and never ends the server.
//
// Threads: one thread at a time.

#ifndef RINGCACHED_SERVER_PROCESS_SERVICE_NOTIFY_H_
#define RINGCACHED_SERVER_PROCESS_SERVICE_NOTIFY_H_

#include <sys/types.h>

#include <string>
#include <string_view>

#include "server/io/descriptor.h"
#include "server/process/log.h"

namespace ringcached::server {

class ServiceNotify {
 public:
  // Takes NOTIFY_SOCKET, a path or "@" and an abstract name, out of the environment and connects to
  // it: from here on neither a change of user nor one of folder takes the way there. `log` outlives
  // this. REQUIRES: no other threads, which might read the environment.
  explicit ServiceNotify(Log& log);

  // Clients are served, which `status` tells people. `main_pid`: of the process that stays, if it
  // is not the one that was started; else 0.
  void Serving(std::string_view status, pid_t main_pid);
  // Settings are about to be read anew.
  void Reloading();
  // That is over, however it went.
  void Reloaded();
  // A stop has begun.
  void Stopping();

 private:
  void Send(const std::string& state);

  Log& log_;
  UniqueFd socket_;  // not valid: nobody is to be told
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_SERVICE_NOTIFY_H_
