// Collects metrics for the library that writes them.

#ifndef RINGCACHED_SERVER_ADMIN_METRIC_FAMILIES_H_
#define RINGCACHED_SERVER_ADMIN_METRIC_FAMILIES_H_

#include <prometheus/metric_family.h>

#include <utility>
#include <vector>

namespace ringcached::server {

using MetricLabels = std::vector<prometheus::ClientMetric::Label>;

class MetricFamilies {
 public:
  // Begins a metric; Add() and AddHistogram() give values to the last one begun.
  void Begin(const char* name, const char* help, prometheus::MetricType type) {
    families_.push_back({name, help, type, {}});
  }
  // REQUIRES: the last metric is a counter or a gauge.
  void Add(MetricLabels labels, double value) {
    prometheus::ClientMetric& metric = Next(std::move(labels));
    // The library looks at the one that the type names.
    metric.counter.value = value;
    metric.gauge.value = value;
  }
  // REQUIRES: the last metric is a histogram.
  void AddHistogram(MetricLabels labels, prometheus::ClientMetric::Histogram histogram) {
    Next(std::move(labels)).histogram = std::move(histogram);
  }

  const std::vector<prometheus::MetricFamily>& families() const { return families_; }

 private:
  prometheus::ClientMetric& Next(MetricLabels labels) {
    prometheus::ClientMetric& metric = families_.back().metric.emplace_back();
    metric.label = std::move(labels);
    return metric;
  }

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_METRIC_FAMILIES_H_
