// What `stats settings` says.

#ifndef RINGCACHED_SERVER_CONFIG_SETTINGS_STATS_H_
#define RINGCACHED_SERVER_CONFIG_SETTINGS_STATS_H_

#include <cstdint>
#include <string>

#include "protocol/server_control.h"
#include "server/config/settings.h"

namespace ringcached::server {

// What became of the settings, where that may differ from what was asked.
struct RuntimeFacts {
  int verbosity = 0;                // now: clients change it
  bool detail = false;              // now: clients change it
  uint16_t tcp_port = 0;            // of the first listener
  uint64_t shards = 0;              // of the cache
  uint64_t memory_limit_bytes = 0;  // now: clients change it
  // Receive buffers, if a small memory limit has made them fewer than usual; else 0.
  uint64_t few_buffer_bytes = 0;
  std::string admin_url = {};     // of the page; empty: none
  std::string io_backend;         // the ring in use, for people
  std::string io_backend_reason;  // why it is not io_uring; empty if nobody asked or it is
};

// Each setting under memcached's name where memcached has it, then our own. Settings of memcached
// that have no counterpart here are left out, unless clients ask for them and one answer is always
// true.
void VisitSettings(const Settings& settings, const RuntimeFacts& facts,
                   protocol::StatVisitor visitor);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_CONFIG_SETTINGS_STATS_H_
