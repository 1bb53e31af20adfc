#include "server/admin/status_json.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "server/admin/memory_parts.h"

namespace ringcached::server {
namespace {

// As in the page, fields keep their order.
using Json = nlohmann::ordered_json;

constexpr const char* kColumns[] = {
    "unix_time",   "gets_per_s", "hits_per_s",     "sets_per_s", "others_per_s", "evictions_per_s",
    "connections", "items",      "resident_bytes", "p50_us",     "p99_us",       "cpu_cores"};

Json OrNull(const std::optional<double>& value) {
  return value.has_value() ? Json(*value) : Json();
}

Json RowJson(const HistoryRow& row) {
  return Json::array({row.unix_seconds, row.gets_per_s, row.hits_per_s, row.sets_per_s,
                      row.others_per_s, row.evictions_per_s, row.connections, row.items,
                      row.resident_bytes, OrNull(row.p50_us), OrNull(row.p99_us), row.cpu_cores});
}

}  // namespace

std::string StatusJson(const ServerSnapshot& snapshot, const StatusFacts& facts,
                       const std::vector<HistoryRow>& rows) {
  Json status;
  status["version"] = facts.version;
  status["unix_time"] = facts.unix_seconds;
  status["uptime_s"] = snapshot.figures.uptime_seconds;
  status["state"] = facts.state;
  status["interval_s"] = facts.interval_seconds;
  status["threads"] = snapshot.figures.threads;
  status["io"] = facts.io;
  status["limit_bytes"] = snapshot.cache.limit_bytes;
  status["resident_bytes"] = snapshot.figures.resident_bytes;
  status["max_connections"] = snapshot.figures.max_connections;
  status["items"] = snapshot.cache.items;
  status["memory"] = Json::array();
  for (const MemoryPart& part : MemoryParts(snapshot)) {
    status["memory"].push_back(Json::array({part.title, part.bytes}));
  }
  status["columns"] = kColumns;
  status["rows"] = Json::array();
  for (const HistoryRow& row : rows) status["rows"].push_back(RowJson(row));
  return status.dump();
}

}  // namespace ringcached::server
