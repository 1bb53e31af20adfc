// When requests of an open loop are due: at random (Poisson), so many a second on average, whether
// or not earlier ones were answered.

#ifndef RINGCACHED_BENCH_LOAD_ARRIVALS_H_
#define RINGCACHED_BENCH_LOAD_ARRIVALS_H_

#include <cstdint>
#include <random>

namespace ringcached::load {

class Arrivals {
 public:
  // REQUIRES: per_second > 0. The same seed gives the same distances.
  Arrivals(double per_second, int64_t start_ns, uint64_t seed)
      : random_(seed), distance_ns_(per_second / 1e9), next_ns_(static_cast<double>(start_ns)) {
    Advance();
  }

  // Of NowNs()'s clock.
  int64_t next_ns() const { return static_cast<int64_t>(next_ns_); }
  void Advance() { next_ns_ += distance_ns_(random_); }

 private:
  std::mt19937_64 random_;
  std::exponential_distribution<double> distance_ns_;
  double next_ns_;
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_ARRIVALS_H_
