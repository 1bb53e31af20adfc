#include "server/net/reactor_thread.h"

#include <pthread.h>

#include <utility>

namespace ringcached::server {

absl::Status ReactorThread::Start(const std::string& name, RingMaker make_ring) {
  std::latch started(1);
  absl::Status status;
  thread_ = std::thread([this, make_ring, &name, &started, &status] {
    pthread_setname_np(pthread_self(), name.c_str());
    absl::StatusOr<std::unique_ptr<Ring>> ring = make_ring();
    status = ring.status();
    const bool serves = ring.ok();
    if (serves) reactor_.Begin(*std::move(ring));
    // From here on the caller's variables may be gone.
    started.count_down();
    if (serves) Run();
  });
  started.wait();
  return status;
}

void ReactorThread::Run() {
  while (!reactor_.Finished()) reactor_.Turn();
  // Somebody may still be about to wake the ring.
  joining_.wait();
  reactor_.End();
}

void ReactorThread::Join() {
  if (!thread_.joinable()) return;
  joining_.count_down();
  thread_.join();
}

}  // namespace ringcached::server
