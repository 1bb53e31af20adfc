#include "bench/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

// Durations below 2 * kSteps have a bucket each. Above, each power of two is cut in kSteps steps: a
// duration's bucket is its highest 1 + kStepBits bits, behind as many buckets as its power has
// predecessors.

namespace ringcached::load {
namespace {

constexpr int kStepBits = 6;
constexpr uint64_t kSteps = uint64_t{1} << kStepBits;

int Shift(uint64_t duration_ns) {
  return std::max(0, static_cast<int>(std::bit_width(duration_ns)) - kStepBits - 1);
}

size_t BucketOf(uint64_t duration_ns) {
  const int shift = Shift(duration_ns);
  return static_cast<size_t>(shift) * kSteps + (duration_ns >> shift);
}

uint64_t UpperEndNs(size_t bucket) {
  if (bucket < 2 * kSteps) return bucket;
  const uint64_t shift = bucket / kSteps - 1;
  const uint64_t top_bits = bucket - shift * kSteps;
  return ((top_bits + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram() : buckets_(BucketOf(kMaxNs) + 1) {}

void Histogram::Add(uint64_t duration_ns) {
  duration_ns = std::min(duration_ns, kMaxNs);
  ++buckets_[BucketOf(duration_ns)];
  ++count_;
  max_ns_ = std::max(max_ns_, duration_ns);
}

uint64_t Histogram::QuantileNs(double quantile) const {
  assert(quantile > 0 && quantile <= 1);
  const auto rank = static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank && seen > 0) return std::min(UpperEndNs(bucket), max_ns_);
  }
  return 0;
}

}  // namespace ringcached::load
