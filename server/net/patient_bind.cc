#include "server/net/patient_bind.h"

namespace ringcached::server {
namespace {

// How often, and how far apart, a port that is taken is tried.
constexpr int kBindAttempts = 25;
constexpr std::chrono::milliseconds kBindPause(20);

}  // namespace

absl::StatusOr<std::vector<Listener>> BindPatiently(
    const ListenOptions& options, absl::FunctionRef<bool(std::chrono::milliseconds)> pause) {
  for (int attempt = 1;; ++attempt) {
    absl::StatusOr<std::vector<Listener>> listeners = BindListeners(options);
    if (!absl::IsAlreadyExists(listeners.status()) || attempt == kBindAttempts) return listeners;
    if (!pause(kBindPause)) return listeners;
  }
}

}  // namespace ringcached::server
