// LRU by lazy promotion: the oldest segment is evicted, and what was used after a cutoff is kept.
// The cutoff is a quantile of the ticks of last use of a sample of all items: the share that counts
// as cold grows as the credit for copies runs out, so that the credit rarely decides what is kept.

#ifndef RINGCACHED_BENCH_SIMULATION_LAZY_LRU_H_
#define RINGCACHED_BENCH_SIMULATION_LAZY_LRU_H_

#include <cstdint>
#include <vector>

#include "bench/simulation/log_cache.h"

namespace ringcached::simulation {

struct LazyLruOptions {
  double cold_share = 0.25;     // with the highest credit
  double max_cold_share = 0.5;  // without credit
  uint32_t samples = 64;
};

class LazyLru : public LogCache {
 public:
  LazyLru(const std::vector<uint32_t>& bytes, const LogOptions& log_options,
          const LazyLruOptions& options);

 protected:
  uint32_t QueueOfSet(Object /*object*/) override { return 0; }
  void Evict() override;

 private:
  // Items used before this tick are cold.
  uint32_t Cutoff();
  // Of the items used since `cutoff` the last used ones that the credit pays for.
  std::vector<Object> ChooseSurvivors(const std::vector<Object>& live, uint32_t cutoff);

  const LazyLruOptions options_;
  uint64_t draws_ = 0;
};

// Keeps what was used at all since it was last written.
class FifoReinsertion : public LogCache {
 public:
  FifoReinsertion(const std::vector<uint32_t>& bytes, const LogOptions& log_options)
      : LogCache(bytes, log_options, 1) {}

 protected:
  uint32_t QueueOfSet(Object /*object*/) override { return 0; }
  void Evict() override;
};

}  // namespace ringcached::simulation

#endif  // RINGCACHED_BENCH_SIMULATION_LAZY_LRU_H_
