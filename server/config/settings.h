// Every setting of the daemon, with its default, which a machine or control group may change
// (process/machine_defaults.h). Filled in by ParseCommandLine(), read by main,
// which hands each part what it needs: no other file knows this struct.

#ifndef RINGCACHED_SERVER_CONFIG_SETTINGS_H_
#define RINGCACHED_SERVER_CONFIG_SETTINGS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/limits.h"
#include "protocol/session.h"
#include "server/io/ring_factory.h"
#include "storage/cache.h"

namespace ringcached::server {

struct Settings {
  // Addresses or host names to listen on; IPv4, IPv6, each optionally with a port of its own
  // ("127.0.0.1", "[::1]:11311", "localhost:0").
  std::vector<std::string> listen = {"127.0.0.1", "::1"};
  // False while `listen` is the default: an address of it that this machine does not have (no
  // IPv6) is then skipped instead of being an error.
  bool listen_given = false;
  uint16_t port = 11211;  // 0: the system chooses
  uint32_t listen_backlog = 1024;
  uint32_t max_connections = 1024;
  size_t memory_limit_bytes = size_t{64} << 20;
  std::string memory_limit_origin;  // for people, of a limit that the machine has set; else empty
  size_t max_item_bytes = size_t{1} << 20;
  bool evict = true;
  storage::EvictionPolicy eviction = storage::EvictionPolicy::kLru;
  storage::BloomMode bloom = storage::BloomMode::kAuto;
  int threads = 4;
  std::string threads_origin;     // as memory_limit_origin
  int verbosity = 0;              // 0 to 3
  std::string unix_socket;        // path to listen on too; empty: none
  uint32_t unix_mask = 0700;      // the mode of that file
  bool daemon = false;            // go into the background
  std::string pid_file;           // empty: none
  bool lock_memory = false;       // never swapped out
  bool huge_pages = false;        // asked for
  bool core_dumps = false;        // as large as may be
  bool shutdown_command = false;  // clients may stop the server
  bool flush_enabled = true;      // clients may empty it
  bool dump_enabled = true;       // clients may list keys
  bool watch_enabled = true;      // clients may watch others
  bool lru_crawler = true;        // clients may list keys by lru_crawler
  protocol::SpokenDialects dialects = protocol::SpokenDialects::kAll;
  uint32_t turn_requests = protocol::kTurnRequests;
  bool reject_when_full = true;       // or let clients wait in the backlog
  uint32_t idle_timeout_seconds = 0;  // 0: never
  char prefix_delimiter = ':';        // in keys, for stats detail
  bool detail = false;                // stats detail is on from the start
  uint32_t watcher_buffer_kib = 256;
  uint32_t worker_buffer_kib = 64;
  std::string user;       // empty: stay who we are
  std::string auth_file;  // empty: everybody may use the server
  bool sasl = false;
  std::string admin;  // "host:port" of the admin port; empty: none
  IoBackend io = IoBackend::kAuto;
  // How long a stop waits for clients to take their last replies.
  uint32_t drain_timeout_ms = 2000;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_CONFIG_SETTINGS_H_
