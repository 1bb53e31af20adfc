// What thread_scaling measures, and what it makes of its measurements.

#ifndef RINGCACHED_BENCH_STORAGE_THREAD_PLAN_H_
#define RINGCACHED_BENCH_STORAGE_THREAD_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ringcached::storage {

struct ThreadLoad {
  const char* name = "";
  bool one_key = false;  // the same key always, instead of a Zipf distribution over all
  int sets_percent = 0;  // of the operations; the others are gets
  bool judged = false;
};

// One operation: which key, and whether it is stored.
struct PlannedOperation {
  uint32_t key = 0;
  bool is_set = false;
};

// `count` operations on `keys` keys; the key of the k-th rank (load::ZipfKeys) comes in proportion
// to 1 / k^0.99.
std::vector<PlannedOperation> PlanOperations(const ThreadLoad& thread_load, uint32_t keys,
                                             size_t count, uint64_t seed);

// Two slices right after each other, in either order; operations per second of all threads.
struct SlicePair {
  double shared = 0;
  double own = 0;
};

struct ThreadPoint {
  size_t threads = 0;
  double ratio = 0;  // shared / own
};

// The share of the work that one thread has to do after the other, by Amdahl's law: with it, n
// threads on one cache do n / (1 + share * (n - 1)) times the work of one, where n threads with a
// cache each do n times that. Least squares over the points; 0 without a point above one thread.
double SerialShare(std::span<const ThreadPoint> points);

}  // namespace ringcached::storage

#endif  // RINGCACHED_BENCH_STORAGE_THREAD_PLAN_H_
