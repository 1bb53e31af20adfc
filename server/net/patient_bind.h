// Binding where a server has just ended.

#ifndef RINGCACHED_SERVER_NET_PATIENT_BIND_H_
#define RINGCACHED_SERVER_NET_PATIENT_BIND_H_

#include <chrono>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "server/net/listener.h"

namespace ringcached::server {

// BindListeners(), tried again for half a second while an address is taken: a server that was
// killed holds its port for a few milliseconds more, until the kernel has taken its rings apart,
// and whoever restarts it at once must not fail for that. `pause` waits for so long; false ends the
// attempts.
absl::StatusOr<std::vector<Listener>> BindPatiently(
    const ListenOptions& options, absl::FunctionRef<bool(std::chrono::milliseconds time)> pause);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_PATIENT_BIND_H_
