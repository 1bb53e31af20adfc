#include "bench/load/histogram.h"

#include <algorithm>
#include <cassert>

#include "server/net/duration_buckets.h"

namespace ringcached::load {
namespace {

using Buckets = server::DurationBuckets<6>;

}  // namespace

Histogram::Histogram() : buckets_(Buckets::BucketOf(kMaxNs) + 1) {}

void Histogram::Add(uint64_t duration_ns) {
  duration_ns = std::min(duration_ns, kMaxNs);
  ++buckets_[Buckets::BucketOf(duration_ns)];
  ++count_;
  max_ns_ = std::max(max_ns_, duration_ns);
}

uint64_t Histogram::QuantileNs(double quantile) const {
  assert(quantile > 0 && quantile <= 1);
  if (count_ == 0) return 0;
  const size_t bucket = Buckets::BucketOfQuantile(buckets_, count_, quantile);
  return std::min(Buckets::UpperEndNs(bucket), max_ns_);
}

}  // namespace ringcached::load
