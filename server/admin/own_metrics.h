// What only this server has, as ringcached_*.

#ifndef RINGCACHED_SERVER_ADMIN_OWN_METRICS_H_
#define RINGCACHED_SERVER_ADMIN_OWN_METRICS_H_

#include "server/admin/metric_families.h"
#include "server/admin/metrics.h"

namespace ringcached::server {

void AddOwnMetrics(const ServerSnapshot& snapshot, const MetricFacts& facts, MetricMemory* memory,
                   MetricFamilies* families);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_OWN_METRICS_H_
