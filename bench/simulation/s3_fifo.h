// S3-FIFO in segments: what is new goes to a small queue, and from there to the main one only if it
// was used often enough; what was evicted from the small queue and comes back soon goes to the main
// queue at once. The oldest segment of main keeps what was used since it was last written, at the
// price of one use each.
//
// As the credit for copies runs out, more uses are needed for anything to be kept.

#ifndef RINGCACHED_BENCH_SIMULATION_S3_FIFO_H_
#define RINGCACHED_BENCH_SIMULATION_S3_FIFO_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "bench/simulation/log_cache.h"

namespace ringcached::simulation {

struct S3FifoOptions {
  double small_share = 0.1;   // of the capacity
  double ghost_share = 0.75;  // objects remembered by each of two generations, per item held
  uint32_t promote_uses = 2;  // from small to main
};

// What was evicted lately, as two rotating filters would know it: the present generation and the
// last. Without a filter's false positives.
class GhostSet {
 public:
  explicit GhostSet(size_t objects) : generation_of_(objects) {}

  void Add(Object object, uint64_t max_generation_objects);
  // Whether it was remembered; it no longer is.
  bool Take(Object object);

 private:
  std::vector<uint32_t> generation_of_;
  uint32_t generation_ = 2;
  uint64_t added_ = 0;  // to the present generation
};

class S3Fifo : public LogCache {
 public:
  S3Fifo(const std::vector<uint32_t>& bytes, const LogOptions& log_options,
         const S3FifoOptions& options);

 protected:
  uint32_t QueueOfSet(Object object) override;
  void Evict() override;

 private:
  static constexpr uint32_t kSmall = 0;
  static constexpr uint32_t kMain = 1;

  uint32_t QueueToEvict();
  uint32_t UsesToKeep(uint32_t queue) const;
  void KeepInMain(Object object, uint32_t from_queue);
  void EvictFrom(Object object, uint32_t queue);
  void EvictOversize(SegmentId victim, uint32_t queue);

  const S3FifoOptions options_;
  GhostSet ghosts_;
};

}  // namespace ringcached::simulation

#endif  // RINGCACHED_BENCH_SIMULATION_S3_FIFO_H_
