#include "server/process/signals.h"

#include <pthread.h>

namespace ringcached::server {
namespace {

constexpr int kIgnored[] = {SIGHUP, SIGUSR1, SIGPIPE};

}  // namespace

StopSignals::StopSignals() {
  for (const int ignored : kIgnored) std::signal(ignored, SIG_IGN);
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

int StopSignals::Wait() const {
  int signal = 0;
  while (sigwait(&signals_, &signal) != 0) {
  }
  return signal;
}

}  // namespace ringcached::server
