#include "bench/storage/thread_run.h"

#include <pthread.h>
#include <sched.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "bench/load/clock.h"
#include "bench/storage/filled_cache.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = size_t{64} << 20;
// Gone through again and again; long enough that the popular keys alone do not make it up, short
// enough that reading it leaves the caches to the cache.
constexpr size_t kPlannedOperations = size_t{1} << 18;
constexpr size_t kBatchOperations = 16;
static_assert(kPlannedOperations % kBatchOperations == 0);
constexpr size_t kWarmUpPairs = 2;
constexpr uint64_t kHashSeed = 1;
constexpr size_t kHeadBytes = sizeof(uint64_t);
constexpr unsigned kPatternBits = 12;
constexpr size_t kPatternBytes = size_t{1} << kPatternBits;
constexpr uint64_t kPatternNumber = 1;
constexpr double kNsPerS = 1e9;

void Require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "thread_scaling: %s\n", what);
  std::abort();
}

// Otherwise two threads that wake up together may meet on one processor.
void StayOnProcessor(size_t number) {
  cpu_set_t allowed;
  Require(sched_getaffinity(0, sizeof(allowed), &allowed) == 0, "cannot ask for the processors");
  size_t seen = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || seen++ != number) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    Require(pthread_setaffinity_np(pthread_self(), sizeof(one), &one) == 0,
            "a thread cannot have a processor");
  }
}

std::vector<uint32_t> KeysOf(const std::vector<PlannedOperation>& operations) {
  std::vector<uint32_t> keys;
  keys.reserve(operations.size());
  for (const PlannedOperation& operation : operations) keys.push_back(operation.key);
  return keys;
}

}  // namespace

VersionedValues::VersionedValues() {
  density::AppendValue(kPatternNumber, kPatternBytes + kValueBytes, pattern_);
}

void VersionedValues::Write(uint32_t key, uint32_t version, char* value) const {
  const uint64_t head = (uint64_t{version} << 32) | key;
  std::memcpy(value, &head, kHeadBytes);
  std::memcpy(value + kHeadBytes, PieceFor(head), kValueBytes - kHeadBytes);
}

bool VersionedValues::IsRight(uint32_t key, const char* value) const {
  uint64_t head = 0;
  std::memcpy(&head, value, kHeadBytes);
  return static_cast<uint32_t>(head) == key &&
         std::memcmp(value + kHeadBytes, PieceFor(head), kValueBytes - kHeadBytes) == 0;
}

// The upper bits of the product depend on all of the head's.
const char* VersionedValues::PieceFor(uint64_t head) const {
  return pattern_.data() + ((head * 0x9e3779b97f4a7c15) >> (64 - kPatternBits));
}

// What one thread has; no two write to the same line.
struct alignas(128) ThreadRun::Worker {
  Worker(size_t its_number, std::vector<PlannedOperation> planned)
      : number(its_number), operations(std::move(planned)), keys(0, KeysOf(operations)) {}

  const size_t number;
  const std::vector<PlannedOperation> operations;
  const BenchKeys keys;
  size_t next = 0;
  uint32_t version = 0;
  uint64_t done = 0;  // in this slice
  double per_second = 0;
  ThreadRunResult counts;
  std::array<char, kValueBytes> value;
};

ThreadRun::ThreadRun(const ThreadLoad& load, const ThreadRunOptions& options)
    : load_(load),
      options_(options),
      meeting_(static_cast<std::ptrdiff_t>(options.threads) + 1),
      now_(kNow) {
  for (size_t i = 0; i < options.threads; ++i) {
    workers_.push_back(std::make_unique<Worker>(
        i, PlanOperations(load, options.keys, kPlannedOperations, /*seed=*/i + 1)));
    caches_.push_back(FilledWithAllKeys());
  }
  caches_.push_back(FilledWithAllKeys());
  for (const auto& worker : workers_)
    threads_.emplace_back([this, &worker] { Work(worker.get()); });
}

ThreadRun::~ThreadRun() {
  ended_ = true;
  meeting_.arrive_and_wait();
  for (std::thread& thread : threads_) thread.join();
}

ThreadRunResult ThreadRun::Run() {
  std::mt19937 random(1);
  ThreadRunResult result;
  for (size_t i = 0; i < kWarmUpPairs + options_.pairs; ++i) {
    std::swap(caches_[random() % caches_.size()], caches_.back());
    const bool shared_first = random() % 2 == 0;
    const double first = Slice(shared_first);
    const double second = Slice(!shared_first);
    if (i < kWarmUpPairs) continue;
    result.pairs.push_back(shared_first ? SlicePair{first, second} : SlicePair{second, first});
  }
  for (const auto& worker : workers_) {
    result.gets += worker->counts.gets;
    result.misses += worker->counts.misses;
    result.checked += worker->counts.checked;
    result.wrong_values += worker->counts.wrong_values;
    result.not_stored += worker->counts.not_stored;
  }
  return result;
}

// In an order of their own, so that popular keys are no neighbours in memory.
std::unique_ptr<Cache> ThreadRun::FilledWithAllKeys() const {
  auto cache = Cache::Create({.memory_limit_bytes = kLimitBytes,
                              .threads = static_cast<int>(options_.threads),
                              .hash_seed = kHashSeed});
  Require(cache.ok(), "no memory for a cache");
  std::string key;
  std::array<char, kValueBytes> value;
  for (const uint32_t number : ShuffledNumbers(options_.keys)) {
    key.clear();
    density::AppendKey(number, key);
    values_.Write(number, 0, value.data());
    Require(storage::Set(**cache, key, {value.data(), value.size()}) == StoreStatus::kStored,
            "a key is not stored");
  }
  Require((*cache)->Stats().items == options_.keys, "a key was dropped");
  return *std::move(cache);
}

double ThreadRun::Slice(bool shared) {
  in_shared_ = shared;
  ++now_;
  stop_.store(false, std::memory_order_relaxed);
  meeting_.arrive_and_wait();
  std::this_thread::sleep_for(std::chrono::milliseconds(options_.slice_ms));
  stop_.store(true, std::memory_order_relaxed);
  meeting_.arrive_and_wait();
  double per_second = 0;
  for (const auto& worker : workers_) per_second += worker->per_second;
  return per_second;
}

void ThreadRun::Work(Worker* worker) {
  StayOnProcessor(worker->number);
  for (;;) {
    meeting_.arrive_and_wait();
    if (ended_) return;
    WorkUntilStopped(worker, *(in_shared_ ? caches_.back() : caches_[worker->number]));
    meeting_.arrive_and_wait();
  }
}

void ThreadRun::WorkUntilStopped(Worker* worker, Cache& cache) {
  worker->done = 0;
  const int64_t began_ns = load::NowNs();
  while (!stop_.load(std::memory_order_relaxed)) {
    Batch(worker, cache);
  }
  const auto took_ns = static_cast<double>(load::NowNs() - began_ns);
  worker->per_second = static_cast<double>(worker->done) / took_ns * kNsPerS;
}

// Of each batch the first value that is read is checked.
void ThreadRun::Batch(Worker* worker, Cache& cache) {
  std::optional<uint32_t> to_check;
  std::array<char, kValueBytes> checked;
  for (size_t i = 0; i < kBatchOperations; ++i) {
    const size_t at = worker->next + i;
    const PlannedOperation operation = worker->operations[at];
    if (operation.is_set) {
      Set(worker, cache, at);
    } else if (Get(worker, cache, at) && !to_check.has_value()) {
      to_check = operation.key;
      checked = worker->value;
    }
  }
  worker->next = (worker->next + kBatchOperations) % kPlannedOperations;
  worker->done += kBatchOperations;
  if (!to_check.has_value()) return;
  ++worker->counts.checked;
  if (!values_.IsRight(*to_check, checked.data())) ++worker->counts.wrong_values;
}

bool ThreadRun::Get(Worker* worker, Cache& cache, size_t at) {
  ++worker->counts.gets;
  const LookupStatus status = cache.Get(
      cache.Hash(worker->keys.At(at)), now_,
      [worker](const ItemView& view) { view.value.copy(worker->value.data(), kValueBytes); });
  if (status != LookupStatus::kHit) ++worker->counts.misses;
  return status == LookupStatus::kHit;
}

void ThreadRun::Set(Worker* worker, Cache& cache, size_t at) {
  std::array<char, kValueBytes> value;
  values_.Write(worker->operations[at].key, ++worker->version, value.data());
  const StoreStatus status =
      cache
          .Store({.key = cache.Hash(worker->keys.At(at)), .value = {value.data(), value.size()}},
                 now_)
          .status;
  if (status != StoreStatus::kStored) ++worker->counts.not_stored;
}

}  // namespace ringcached::storage
