#include "bench/storage/bench_keys.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace ringcached::storage {
namespace {

constexpr uint64_t kSeed = 1;

}  // namespace

std::vector<uint32_t> ShuffledNumbers(uint32_t count) {
  std::vector<uint32_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0u);
  std::shuffle(numbers.begin(), numbers.end(), std::mt19937_64(kSeed));
  return numbers;
}

BenchKeys::BenchKeys(uint64_t first, const std::vector<uint32_t>& order) {
  bytes_.reserve(order.size() * kKeyBytes);
  for (const uint32_t number : order) density::AppendKey(first + number, bytes_);
}

BenchKeys::BenchKeys(uint64_t first, size_t count) {
  bytes_.reserve(count * kKeyBytes);
  for (size_t i = 0; i < count; ++i) density::AppendKey(first + i, bytes_);
}

}  // namespace ringcached::storage
