#include "bench/storage/thread_plan.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <random>

namespace ringcached::storage {
namespace {

constexpr double kZipfExponent = 0.99;

// The sums of the first k keys' weights.
std::vector<double> ZipfSums(uint32_t keys) {
  std::vector<double> sums(keys);
  double sum = 0;
  for (uint32_t i = 0; i < keys; ++i) sums[i] = sum += std::pow(i + 1.0, -kZipfExponent);
  return sums;
}

}  // namespace

std::vector<PlannedOperation> PlanOperations(const ThreadLoad& load, uint32_t keys, size_t count,
                                             uint64_t seed) {
  const std::vector<double> sums = ZipfSums(load.one_key ? 1 : keys);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> weight(0, sums.back());
  std::uniform_int_distribution<int> percent(0, 99);
  std::vector<PlannedOperation> operations(count);
  for (PlannedOperation& operation : operations) {
    const auto at = std::upper_bound(sums.begin(), sums.end() - 1, weight(random));
    operation.key = static_cast<uint32_t>(at - sums.begin());
    operation.is_set = percent(random) < load.sets_percent;
  }
  return operations;
}

Summary Summarize(std::vector<double> values) {
  assert(!values.empty());
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back()};
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
