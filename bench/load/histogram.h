// Counts durations in buckets that grow with the duration: 64 in each power of two, so a percentile
// is at most 1.6 % above the truth.

#ifndef RINGCACHED_BENCH_LOAD_HISTOGRAM_H_
#define RINGCACHED_BENCH_LOAD_HISTOGRAM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringcached::load {

class Histogram {
 public:
  // A longer duration counts as this one: 18 minutes.
  static constexpr uint64_t kMaxNs = (uint64_t{1} << 40) - 1;

  Histogram();

  void Add(uint64_t duration_ns);
  uint64_t count() const { return count_; }
  uint64_t max_ns() const { return max_ns_; }
  // The upper end of the bucket in which the share `quantile` of all durations is reached, but not
  // more than the longest; 0 if nothing was added. REQUIRES: 0 < quantile <= 1.
  uint64_t QuantileNs(double quantile) const;

 private:
  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  uint64_t max_ns_ = 0;
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_HISTOGRAM_H_
