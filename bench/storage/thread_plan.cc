#include "bench/storage/thread_plan.h"

#include <random>

#include "bench/load/zipf.h"

namespace ringcached::storage {
namespace {

constexpr double kZipfExponent = 0.99;

}  // namespace

std::vector<PlannedOperation> PlanOperations(const ThreadLoad& thread_load, uint32_t keys,
                                             size_t count, uint64_t seed) {
  load::ZipfKeys key(thread_load.one_key ? 1 : keys, kZipfExponent);
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<int> percent(0, 99);
  std::vector<PlannedOperation> operations(count);
  for (PlannedOperation& operation : operations) {
    operation.key = static_cast<uint32_t>(key(random));
    operation.is_set = percent(random) < thread_load.sets_percent;
  }
  return operations;
}

// The law says 1 / ratio - 1 = share * (threads - 1).
double SerialShare(std::span<const ThreadPoint> points) {
  double products = 0;
  double squares = 0;
  for (const ThreadPoint& point : points) {
    const double others = static_cast<double>(point.threads) - 1;
    products += others * (1 / point.ratio - 1);
    squares += others * others;
  }
  return squares == 0 ? 0 : products / squares;
}

}  // namespace ringcached::storage
