#include "server/process/signals.h"

#include <pthread.h>

#include <algorithm>
#include <ctime>

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

int Signals::WaitFor(std::chrono::milliseconds time) const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  timespec left{};
  left.tv_sec = seconds.count();
  left.tv_nsec = std::chrono::nanoseconds(time - seconds).count();
  // Cut short by a signal that nobody waits for it is over sooner, which harms nobody.
  return std::max(sigtimedwait(&signals_, nullptr, &left), 0);
}

}  // namespace ringcached::server
