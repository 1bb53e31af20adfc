// What the page draws, as JSON.

#ifndef RINGCACHED_SERVER_ADMIN_STATUS_JSON_H_
#define RINGCACHED_SERVER_ADMIN_STATUS_JSON_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/admin/history.h"
#include "server/net/server_snapshot.h"

namespace ringcached::server {

struct StatusFacts {
  std::string version;
  std::string io;
  std::string_view state;  // "ready" or "draining"
  int64_t unix_seconds = 0;
  int interval_seconds = 0;  // of the rows
};

// One object: the facts, levels, and the rows as arrays under "rows", whose fields "columns" names.
std::string StatusJson(const ServerSnapshot& snapshot, const StatusFacts& facts,
                       const std::vector<HistoryRow>& rows);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_STATUS_JSON_H_
