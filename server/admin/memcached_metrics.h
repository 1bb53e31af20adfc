// What memcached_exporter 0.16 says of a memcached, under its names and with its labels, as far as
// this server has it.

#ifndef RINGCACHED_SERVER_ADMIN_MEMCACHED_METRICS_H_
#define RINGCACHED_SERVER_ADMIN_MEMCACHED_METRICS_H_

#include <functional>

#include "server/admin/metric_families.h"
#include "server/admin/metrics.h"

namespace ringcached::server {

void AddMemcachedMetrics(const ServerSnapshot& snapshot, const MetricFacts& facts,
                         const std::function<void(protocol::StatVisitor)>& visit_classes,
                         MetricMemory* memory, MetricFamilies* families);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_MEMCACHED_METRICS_H_
