#include "server/process/signals.h"

#include <pthread.h>

namespace ringcached::server {
namespace {

constexpr int kIgnored[] = {SIGPIPE};
constexpr int kAwaited[] = {SIGINT, SIGTERM, SIGUSR1, SIGHUP};

}  // namespace

Signals::Signals() {
  for (const int ignored : kIgnored) std::signal(ignored, SIG_IGN);
  sigemptyset(&signals_);
  for (const int awaited : kAwaited) sigaddset(&signals_, awaited);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

int Signals::Wait() const {
  int signal = 0;
  while (sigwait(&signals_, &signal) != 0) {
  }
  return signal;
}

}  // namespace ringcached::server
