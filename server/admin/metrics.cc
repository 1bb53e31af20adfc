#include "server/admin/metrics.h"

#include <prometheus/text_serializer.h>

#include "server/admin/memcached_metrics.h"
#include "server/admin/metric_families.h"
#include "server/admin/own_metrics.h"

namespace ringcached::server {

std::string MetricsText(const ServerSnapshot& snapshot, const MetricFacts& facts,
                        const std::function<void(protocol::StatVisitor)>& visit_classes,
                        MetricMemory* memory) {
  MetricFamilies families;
  AddMemcachedMetrics(snapshot, facts, visit_classes, memory, &families);
  AddOwnMetrics(snapshot, facts, memory, &families);
  const prometheus::TextSerializer serializer;
  // The one that returns a string is hidden by the other.
  return static_cast<const prometheus::Serializer&>(serializer).Serialize(families.families());
}

}  // namespace ringcached::server
