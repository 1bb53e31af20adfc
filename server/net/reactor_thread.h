// A reactor on a thread of its own. A ring belongs to one thread, which therefore makes it and ends
// it too.

#ifndef RINGCACHED_SERVER_NET_REACTOR_THREAD_H_
#define RINGCACHED_SERVER_NET_REACTOR_THREAD_H_

#include <latch>
#include <memory>
#include <string>
#include <thread>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "server/io/ring.h"
#include "server/net/reactor.h"

namespace ringcached::server {

class ReactorThread {
 public:
  using RingMaker = absl::FunctionRef<absl::StatusOr<std::unique_ptr<Ring>>()>;

  // `reactor` outlives the thread.
  explicit ReactorThread(Reactor& reactor) : reactor_(reactor) {}
  ~ReactorThread() { Join(); }

  // Starts the thread and calls `make_ring` on it; returns when the reactor is about to serve, or
  // with the reason why there is no ring. `name` has at most 15 bytes.
  absl::Status Start(const std::string& name, RingMaker make_ring);
  // Waits for the reactor's end; see Reactor::RequestStop(). REQUIRES: nobody calls the reactor's
  // HandOver() or RequestStop() any more, since the ring goes.
  void Join();

 private:
  void Run();

  Reactor& reactor_;
  std::latch joining_{1};
  std::thread thread_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_REACTOR_THREAD_H_
