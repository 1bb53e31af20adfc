// memcached's segmented LRU, as a model without slab classes: hot, warm and cold lists. What is new
// is hot. Whoever leaves hot or warm at its end goes on to warm if it was asked for at least twice
// since it last moved, and to cold otherwise; so does what reaches the end of cold, if asked for,
// and is evicted otherwise.

#ifndef RINGCACHED_BENCH_SIMULATION_SEGMENTED_LRU_H_
#define RINGCACHED_BENCH_SIMULATION_SEGMENTED_LRU_H_

#include <array>
#include <cstdint>
#include <vector>

#include "bench/simulation/cache.h"
#include "bench/simulation/object_list.h"

namespace ringcached::simulation {

class SegmentedLru : public Cache {
 public:
  SegmentedLru(const std::vector<uint32_t>& bytes, uint64_t max_bytes);

  bool Get(Object object, Time now) override;
  void Set(Object object, Time now, Time expires_at) override;

 private:
  enum Part : uint8_t { kHot, kWarm, kCold, kParts };
  static constexpr uint8_t kAbsent = kParts;

  void Link(Object object, Part part);
  void Unlink(Object object);
  // Handles the oldest object of a part that is too big.
  void Shift(Part part);
  void Balance();

  const uint64_t max_bytes_;
  std::vector<Links> links_;
  std::vector<Time> expires_at_;
  std::vector<uint8_t> part_;
  std::vector<uint8_t> uses_;  // since the object last moved, up to kActiveUses
  std::array<ObjectList, kParts> lists_;
  std::array<uint64_t, kParts> bytes_in_{};
};

}  // namespace ringcached::simulation

#endif  // RINGCACHED_BENCH_SIMULATION_SEGMENTED_LRU_H_
