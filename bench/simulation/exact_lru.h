// Exact LRU, limited by bytes or by items: what the others are measured against.

#ifndef RINGCACHED_BENCH_SIMULATION_EXACT_LRU_H_
#define RINGCACHED_BENCH_SIMULATION_EXACT_LRU_H_

#include <cstdint>
#include <vector>

#include "bench/simulation/cache.h"
#include "bench/simulation/object_list.h"

namespace ringcached::simulation {

struct LruLimits {
  uint64_t max_bytes = UINT64_MAX;
  uint64_t max_items = UINT64_MAX;
};

class ExactLru : public Cache {
 public:
  ExactLru(const std::vector<uint32_t>& bytes, LruLimits limits);

  bool Get(Object object, Time now) override;
  void Set(Object object, Time now, Time expires_at) override;

 private:
  void Drop(Object object);

  const LruLimits limits_;
  std::vector<Links> links_;
  std::vector<Time> expires_at_;
  std::vector<bool> held_;
  ObjectList list_;
};

}  // namespace ringcached::simulation

#endif  // RINGCACHED_BENCH_SIMULATION_EXACT_LRU_H_
