// What the daemon prints once it serves.

#ifndef RINGCACHED_SERVER_PROCESS_START_SCREEN_H_
#define RINGCACHED_SERVER_PROCESS_START_SCREEN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/config/settings.h"
#include "server/config/settings_stats.h"
#include "server/net/listener.h"

namespace ringcached::server {

// Address, threads, limits and I/O backend, and how to try the server with nothing but bash.
// REQUIRES: !addresses.empty().
std::string StartScreen(const Settings& settings, const RuntimeFacts& facts,
                        const std::vector<BoundAddress>& addresses);

// What a service manager shows of a server that serves: "serving on 127.0.0.1:11211, [::1]:11211".
std::string ServingStatus(const std::vector<BoundAddress>& addresses);

// The one line for an address that could not be listened on, the way out included if another
// program has it. `what` names the address.
std::string BindFailure(const absl::Status& what, uint16_t port);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_START_SCREEN_H_
