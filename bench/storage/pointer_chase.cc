#include "bench/storage/pointer_chase.h"

#include <algorithm>
#include <random>
#include <utility>

#include "bench/storage/filled_cache.h"

namespace ringcached::storage {
namespace {

constexpr uint64_t kSeed = 1;

}  // namespace

PointerChase::PointerChase(size_t bytes) {
  const double before_mib = HugePagesMib();
  lines_.resize(std::max<size_t>(bytes / sizeof(Line), 2));
  for (size_t i = 0; i < lines_.size(); ++i) lines_[i].next = i;
  // Sattolo's shuffle makes a single cycle of all lines.
  std::mt19937_64 random(kSeed);
  for (size_t i = lines_.size() - 1; i > 0; --i) {
    std::swap(lines_[i].next, lines_[random() % i].next);
  }
  huge_pages_mib_ = HugePagesMib() - before_mib;
}

}  // namespace ringcached::storage
