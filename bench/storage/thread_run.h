// Threads on one cache that they share, against the same threads with a cache each: the same keys,
// the same operations, at the same time. Slices of both alternate in pairs, in random order, so
// that whatever else the machine does meets both; and in each pair another one of all caches is
// that which is shared, since two caches that hold the same are not equally fast: their pages lie
// elsewhere.
//
// What a private cache spares is not only waiting: no line that one thread writes is another's.
// What it costs is memory, n times as much of it, which the processor's caches have to hold.

#ifndef RINGCACHED_BENCH_STORAGE_THREAD_RUN_H_
#define RINGCACHED_BENCH_STORAGE_THREAD_RUN_H_

#include <atomic>
#include <barrier>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "bench/storage/bench_keys.h"
#include "bench/storage/thread_plan.h"
#include "storage/cache.h"

namespace ringcached::storage {

struct ThreadRunOptions {
  size_t threads = 2;
  uint32_t keys = 100'000;
  size_t pairs = 15;
  int64_t slice_ms = 150;
};

struct ThreadRunResult {
  std::vector<SlicePair> pairs;
  uint64_t gets = 0;
  uint64_t misses = 0;
  uint64_t checked = 0;  // values whose bytes were all compared
  uint64_t wrong_values = 0;
  uint64_t not_stored = 0;
};

// Values that say which key's they are, and in what version: 8 bytes, and a piece of a pattern that
// follows from them. One that two versions were mixed in is not right for either.
class VersionedValues {
 public:
  VersionedValues();

  void Write(uint32_t key, uint32_t version, char* value) const;
  bool IsRight(uint32_t key, const char* value) const;

 private:
  const char* PieceFor(uint64_t head) const;

  std::string pattern_;
};

class ThreadRun {
 public:
  ThreadRun(const ThreadLoad& load, const ThreadRunOptions& options);
  ~ThreadRun();
  ThreadRun(const ThreadRun&) = delete;
  ThreadRun& operator=(const ThreadRun&) = delete;

  ThreadRunResult Run();

 private:
  struct Worker;

  std::unique_ptr<Cache> FilledWithAllKeys() const;
  // Operations per second of all threads.
  double Slice(bool shared);
  void Work(Worker* worker);
  void WorkUntilStopped(Worker* worker, Cache& cache);
  void Batch(Worker* worker, Cache& cache);
  // True if it is there; the value is in the worker's then.
  bool Get(Worker* worker, Cache& cache, size_t at);
  void Set(Worker* worker, Cache& cache, size_t at);

  const ThreadLoad load_;
  const ThreadRunOptions options_;
  const VersionedValues values_;
  // One more than threads; the last one is shared in this pair.
  std::vector<std::unique_ptr<Cache>> caches_;
  std::vector<std::unique_ptr<Worker>> workers_;
  // All threads and the one that measures meet at a slice's beginning and end.
  std::barrier<> meeting_;
  // Between two slices only.
  bool in_shared_ = false;
  bool ended_ = false;
  CacheSecond now_;
  alignas(64) std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_BENCH_STORAGE_THREAD_RUN_H_
