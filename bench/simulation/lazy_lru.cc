#include "bench/simulation/lazy_lru.h"

#include <algorithm>

#include "bench/trace/mix.h"

namespace ringcached::simulation {
namespace {

constexpr uint64_t kSampleSeed = 0x5a3b1e;
// Draws of objects that may not be held, per wanted sample.
constexpr uint64_t kMaxDrawsPerSample = 1'000;

}  // namespace

LazyLru::LazyLru(const std::vector<uint32_t>& bytes, const LogOptions& log_options,
                 const LazyLruOptions& options)
    : LogCache(bytes, log_options, 1), options_(options) {}

uint32_t LazyLru::Cutoff() {
  std::vector<uint32_t> ticks;
  for (uint64_t i = 0; i < kMaxDrawsPerSample * options_.samples; ++i) {
    if (ticks.size() == options_.samples) break;
    const auto object = static_cast<Object>(trace::Mix(kSampleSeed + draws_++) % object_count());
    if (Holds(object)) ticks.push_back(access(object).tick);
  }
  if (ticks.empty()) return 0;
  const double share = options_.cold_share + (options_.max_cold_share - options_.cold_share) *
                                                 (1 - std::max(0.0, CreditShare()));
  const auto rank = static_cast<size_t>(share * static_cast<double>(ticks.size()));
  const auto at = ticks.begin() + static_cast<ptrdiff_t>(std::min(rank, ticks.size() - 1));
  std::nth_element(ticks.begin(), at, ticks.end());
  return *at;
}

std::vector<Object> LazyLru::ChooseSurvivors(const std::vector<Object>& live, uint32_t cutoff) {
  std::vector<Object> chosen;
  double bytes = 0;
  for (const Object object : live) {
    if (access(object).tick < cutoff) continue;
    chosen.push_back(object);
    bytes += BytesOf(object);
  }
  if (bytes <= credit_bytes()) return chosen;
  std::stable_sort(chosen.begin(), chosen.end(),
                   [this](Object a, Object b) { return access(a).tick > access(b).tick; });
  for (; !chosen.empty() && bytes > credit_bytes(); chosen.pop_back()) {
    bytes -= BytesOf(chosen.back());
  }
  return chosen;
}

void LazyLru::Evict() {
  const SegmentId victim = *log().Oldest(0);
  const uint32_t cutoff = Cutoff();
  const std::vector<Object> live = Visit(victim);
  // A large item is kept where it is.
  if (log().IsOversize(victim) && access(live.front()).tick >= cutoff) {
    log().Requeue(victim);
    return;
  }
  for (const Object object : ChooseSurvivors(live, cutoff)) Keep(object, 0);
  for (const Object object : log().LiveItems(victim)) Evicted(object);
  Release(victim);
}

void FifoReinsertion::Evict() {
  const SegmentId victim = *log().Oldest(0);
  const std::vector<Object> live = Visit(victim);
  const bool oversize = log().IsOversize(victim);
  for (const Object object : live) {
    const bool keep = access(object).uses > 0 && (oversize || credit_bytes() >= BytesOf(object));
    access(object).uses = 0;
    if (keep && oversize) {
      log().Requeue(victim);
      return;
    }
    keep ? Keep(object, 0) : Evicted(object);
  }
  Release(victim);
}

}  // namespace ringcached::simulation
