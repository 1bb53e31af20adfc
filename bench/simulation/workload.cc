#include "bench/simulation/workload.h"

#include <algorithm>

#include "bench/trace/mix.h"

namespace ringcached::simulation {
namespace {

constexpr uint32_t kHeaderBytes = 8;
constexpr uint32_t kKeyBytes = 24;
constexpr uint32_t kAlignment = 4;
constexpr uint64_t kSamples = 2'000;  // of what the cache holds, per replay
constexpr uint64_t kOverwriteSeed = 0x0bead5;
constexpr uint64_t kTtlSeed = 0x77150b;
constexpr double kHotShare = 0.1;
constexpr double kHotWrites = 0.9;

class Replayer {
 public:
  Replayer(const trace::Trace& trace, const WorkloadOptions& options, Cache& cache)
      : trace_(trace), options_(options), cache_(cache) {}

  Outcome Run() {
    const uint64_t requests = trace_.ids.size() * options_.copies;
    const uint64_t sample_distance = std::max<uint64_t>(1, requests / kSamples);
    for (const uint32_t id : trace_.ids) {
      for (uint32_t copy = 0; copy < options_.copies; ++copy) {
        Ask(static_cast<Object>(uint64_t{id} * options_.copies + copy));
        if (++now_ % sample_distance == 0) Sample();
      }
    }
    return Finish();
  }

 private:
  void Ask(Object object) {
    if (options_.overwrite_share > 0 &&
        trace::MixToUnit(kOverwriteSeed + now_) < options_.overwrite_share) {
      Set(object);
      return;
    }
    ++outcome_.gets;
    if (cache_.Get(object, now_)) return;
    ++outcome_.misses;
    Set(object);
  }

  void Set(Object object) { cache_.Set(object, now_, ExpiresAt(object)); }

  Time ExpiresAt(Object object) const {
    if (options_.ttl_share == 0) return kNever;
    const double drawn = trace::MixToUnit(object ^ kTtlSeed);
    if (drawn >= options_.ttl_share) return kNever;
    const uint64_t requests = trace_.ids.size() * options_.copies;
    return now_ + static_cast<Time>(requests / (drawn < options_.ttl_share / 2 ? 50 : 10));
  }

  void Sample() {
    if (!cache_.full()) return;
    ++samples_;
    outcome_.mean_items += static_cast<double>(cache_.item_count());
    outcome_.mean_bytes += static_cast<double>(cache_.item_bytes());
  }

  Outcome Finish() {
    if (samples_ == 0) {
      samples_ = 1;
      outcome_.mean_items = static_cast<double>(cache_.item_count());
      outcome_.mean_bytes = static_cast<double>(cache_.item_bytes());
    }
    outcome_.mean_items /= static_cast<double>(samples_);
    outcome_.mean_bytes /= static_cast<double>(samples_);
    return outcome_;
  }

  const trace::Trace& trace_;
  const WorkloadOptions& options_;
  Cache& cache_;
  Time now_ = 0;
  uint64_t samples_ = 0;
  Outcome outcome_;
};

uint64_t ChooseRewritten(uint64_t number, uint64_t objects, RewriteOrder order) {
  if (order == RewriteOrder::kInOrder) return number % objects;
  const uint64_t drawn = trace::Mix(2 * number);
  const bool hot = order == RewriteOrder::kHot && trace::MixToUnit(2 * number + 1) < kHotWrites;
  const auto hot_objects = static_cast<uint64_t>(kHotShare * static_cast<double>(objects));
  return drawn % (hot ? std::max<uint64_t>(1, hot_objects) : objects);
}

}  // namespace

std::vector<uint32_t> ObjectBytes(uint64_t objects, const trace::SizeModel& sizes) {
  std::vector<uint32_t> bytes(objects);
  for (uint64_t object = 0; object < objects; ++object) {
    const uint32_t exact = kHeaderBytes + kKeyBytes + sizes.ValueBytes(object);
    bytes[object] = (exact + kAlignment - 1) / kAlignment * kAlignment;
  }
  return bytes;
}

Outcome Replay(const trace::Trace& trace, const WorkloadOptions& options, Cache& cache) {
  return Replayer(trace, options, cache).Run();
}

RewriteOutcome Rewrite(uint64_t objects, uint32_t rounds, RewriteOrder order, Cache& cache) {
  for (uint64_t object = 0; object < objects; ++object) {
    cache.Set(static_cast<Object>(object), 0, kNever);
  }
  RewriteOutcome outcome;
  for (uint64_t number = 0; number < rounds * objects; ++number) {
    const auto object = static_cast<Object>(ChooseRewritten(number, objects, order));
    ++outcome.sets;
    if (!cache.Get(object, 0)) ++outcome.lost;
    cache.Set(object, 0, kNever);
  }
  return outcome;
}

}  // namespace ringcached::simulation
