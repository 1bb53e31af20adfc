// Buckets for durations that grow with the duration: 2^kStepBits in each power of two, so that the
// upper end of a duration's bucket is at most a 2^kStepBits-th above it.
//
// Durations below twice as many have a bucket each. Above, a duration's bucket is its highest
// 1 + kStepBits bits, behind as many buckets as its power of two has predecessors.

#ifndef RINGCACHED_SERVER_NET_DURATION_BUCKETS_H_
#define RINGCACHED_SERVER_NET_DURATION_BUCKETS_H_

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace ringcached::server {

template <int kStepBits>
struct DurationBuckets {
  static constexpr uint64_t kSteps = uint64_t{1} << kStepBits;

  static constexpr size_t BucketOf(uint64_t duration_ns) {
    const int bits_below = static_cast<int>(std::bit_width(duration_ns)) - kStepBits - 1;
    const int shift = bits_below > 0 ? bits_below : 0;
    return static_cast<size_t>(shift) * kSteps + (duration_ns >> shift);
  }
  // The longest duration of a bucket.
  static constexpr uint64_t UpperEndNs(size_t bucket) {
    if (bucket < 2 * kSteps) return bucket;
    const uint64_t shift = bucket / kSteps - 1;
    const uint64_t top_bits = bucket - shift * kSteps;
    return ((top_bits + 1) << shift) - 1;
  }
  // The bucket in which the share `quantile` (0 to 1) of `total` durations is reached, whose counts
  // are `counts`. REQUIRES: total > 0 is their sum.
  template <typename Counts>
  static size_t BucketOfQuantile(const Counts& counts, uint64_t total, double quantile) {
    const auto rank = static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(total)));
    uint64_t seen = 0;
    size_t bucket = 0;
    for (; bucket + 1 < std::size(counts); ++bucket) {
      seen += counts[bucket];
      if (seen >= rank && seen > 0) break;
    }
    return bucket;
  }
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_DURATION_BUCKETS_H_
