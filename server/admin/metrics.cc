#include "server/admin/metrics.h"

#include <prometheus/text_serializer.h>

#include "server/admin/memcached_metrics.h"
#include "server/admin/metric_families.h"
#include "server/admin/own_metrics.h"

namespace ringcached::server {

std::string MetricsText(const ServerSnapshot& snapshot, const MetricFacts& facts,
                        const std::function<void(protocol::StatVisitor)>& visit_classes) {
  MetricFamilies families;
  AddMemcachedMetrics(snapshot, facts, visit_classes, &families);
  AddOwnMetrics(snapshot, facts, &families);
  const prometheus::TextSerializer serializer;
  // The one that returns a string is hidden by the other.
  return static_cast<const prometheus::Serializer&>(serializer).Serialize(families.families());
}

}  // namespace ringcached::server
