// Times every call of a cache that grows to its limit and then gives up old items for new ones.
//
// On a shared machine most of the longest calls were not running at all. Two things tell these
// apart. The thread's own CPU time over a batch of calls: if it is shorter than the slow call, the
// call waited. And a control, which times a computation as long as a call, on no memory, in slices
// between those of the calls: what it meets is the machine's doing.

#ifndef RINGCACHED_BENCH_STORAGE_LATENCY_RUN_H_
#define RINGCACHED_BENCH_STORAGE_LATENCY_RUN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bench/load/histogram.h"
#include "bench/storage/thread_usage.h"
#include "storage/cache.h"

namespace ringcached::storage {

struct LatencyOptions {
  uint64_t items = 10'000'000;       // stored first
  uint64_t more_items = 10'000'000;  // stored then
  size_t value_bytes = 36;
  size_t limit_mib = 1024;
  uint64_t slow_ns = 1'000'000;  // a longer call is looked at
};

enum class Timed : uint8_t {
  kFirstStore,
  kFirstGet,
  kFirstDelete,
  kLaterStore,
  kLaterGet,
  kLaterDelete,
  kControl,
};
inline constexpr size_t kTimedKinds = 7;
const char* NameOf(Timed timed);

struct SlowCall {
  Timed timed = Timed::kControl;
  uint64_t wall_ns = 0;
  ThreadUsage batch;  // of the calls around it, together
};

struct LatencyOfKind {
  load::Histogram histogram;
  uint64_t sum_ns = 0;
  uint64_t slow = 0;
  uint64_t slow_on_cpu = 0;  // of these, with so much CPU time that it may have been work
};

struct LatencyResult {
  std::array<LatencyOfKind, kTimedKinds> kinds;
  std::vector<SlowCall> slow_calls;
  ThreadUsage calls;    // of the slices with calls
  ThreadUsage control;  // of the slices with the control
  int64_t calls_stolen_ns = 0;
  int64_t control_stolen_ns = 0;
  uint64_t not_stored = 0;
  uint64_t wrong_values = 0;
  CacheStats stats;
};

class LatencyRun {
 public:
  LatencyRun(const LatencyOptions& options, std::unique_ptr<Cache> cache);
  LatencyResult Run();

 private:
  void StoreUpTo(uint64_t stored);
  void CallBatch(uint64_t stored);
  void ControlBatch();
  void ControlFor(int64_t duration_ns);

  void Store();
  void Get(uint64_t number);
  void Delete(uint64_t number);
  template <typename Call>
  void Time(Timed timed, Call call);
  void BeginBatch();
  void EndBatch();

  bool first() const { return next_ <= options_.items; }

  const LatencyOptions options_;
  std::unique_ptr<Cache> cache_;
  std::mt19937_64 random_{1};
  uint64_t next_ = 0;  // number of the next item to be stored
  LatencyResult result_;
  ThreadUsage batch_start_;
  std::vector<SlowCall> slow_in_batch_;
  std::string key_, value_, copy_;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_BENCH_STORAGE_LATENCY_RUN_H_
