// The server's figures as Prometheus reads them.

#ifndef RINGCACHED_SERVER_ADMIN_METRICS_H_
#define RINGCACHED_SERVER_ADMIN_METRICS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "server/admin/admin_port.h"
#include "server/admin/monotonic_difference.h"
#include "server/net/server_snapshot.h"

namespace ringcached::server {

// What is no figure of the server's own.
struct MetricFacts {
  std::string version;
  std::string protocol_version;
  std::string io;
  int64_t unix_seconds = 0;
  bool ready = false;
  // Of the last minute's gets; none if there were none.
  std::optional<double> recent_hit_ratio;
};

// What is remembered from one answer to the next.
struct MetricMemory {
  MonotonicDifference plain_sets;
  MonotonicDifference accepted_users;
};

// Prometheus' text format, version 0.0.4. First what memcached_exporter says of a memcached, under
// its names, so that dashboards made for it work; then what only this server has, as ringcached_*.
// `visit_classes` is AdminSource's.
std::string MetricsText(const ServerSnapshot& snapshot, const MetricFacts& facts,
                        const std::function<void(protocol::StatVisitor)>& visit_classes,
                        MetricMemory* memory);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_METRICS_H_
