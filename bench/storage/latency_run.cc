#include "bench/storage/latency_run.h"

#include <utility>

#include "bench/density/items.h"
#include "bench/load/clock.h"

namespace ringcached::storage {
namespace {

constexpr CacheSecond kNow = 1000;
constexpr int kStoresPerBatch = 64;
constexpr uint64_t kStoresPerGet = 2;
constexpr uint64_t kStoresPerDelete = 16;
constexpr int64_t kSliceNs = 200'000'000;
constexpr int kSpinSteps = 300;  // about as long as a call

// Keeps the processor busy without memory.
uint64_t Spin(uint64_t state) {
  for (int i = 0; i < kSpinSteps; ++i) state = state * 0x5851f42d4c957f2d + 1;
  return state;
}

}  // namespace

const char* NameOf(Timed timed) {
  constexpr std::array<const char*, kTimedKinds> kNames = {
      "first_store", "first_get",    "first_delete", "later_store",
      "later_get",   "later_delete", "control"};
  return kNames[static_cast<size_t>(timed)];
}

LatencyRun::LatencyRun(const LatencyOptions& options, std::unique_ptr<Cache> cache)
    : options_(options), cache_(std::move(cache)) {}

LatencyResult LatencyRun::Run() {
  StoreUpTo(options_.items);
  StoreUpTo(options_.items + options_.more_items);
  result_.stats = cache_->Stats();
  return std::move(result_);
}

// In slices, each followed by as long a slice of the control.
void LatencyRun::StoreUpTo(uint64_t stored) {
  while (next_ < stored) {
    const int64_t start_ns = load::NowNs();
    const int64_t stolen_ns = StolenNs();
    const ThreadUsage usage = UsageOfThisThread();
    while (next_ < stored && load::NowNs() - start_ns < kSliceNs) CallBatch(stored);
    result_.calls += UsageOfThisThread() - usage;
    result_.calls_stolen_ns += StolenNs() - stolen_ns;
    ControlFor(load::NowNs() - start_ns);
  }
}

void LatencyRun::ControlFor(int64_t duration_ns) {
  const int64_t end_ns = load::NowNs() + duration_ns;
  const int64_t stolen_ns = StolenNs();
  const ThreadUsage usage = UsageOfThisThread();
  while (load::NowNs() < end_ns) ControlBatch();
  result_.control += UsageOfThisThread() - usage;
  result_.control_stolen_ns += StolenNs() - stolen_ns;
}

void LatencyRun::CallBatch(uint64_t stored) {
  BeginBatch();
  for (int i = 0; i < kStoresPerBatch && next_ < stored; ++i) {
    Store();
    if (next_ % kStoresPerGet == 0) Get(random_() % next_);
    if (next_ % kStoresPerDelete == 0) Delete(random_() % next_);
  }
  EndBatch();
}

void LatencyRun::ControlBatch() {
  BeginBatch();
  uint64_t state = random_();
  for (int i = 0; i < kStoresPerBatch; ++i) {
    Time(Timed::kControl, [&state] { state = Spin(state); });
  }
  // So that the spinning is not left out for want of a use.
  if (state == 0) ++next_;
  EndBatch();
}

void LatencyRun::Store() {
  key_.clear();
  value_.clear();
  density::AppendKey(next_, key_);
  density::AppendValue(next_, options_.value_bytes, value_);
  ++next_;
  StoreStatus status = StoreStatus::kStored;
  Time(first() ? Timed::kFirstStore : Timed::kLaterStore,
       [&] { status = cache_->Store({.key = cache_->Hash(key_), .value = value_}, kNow).status; });
  if (status != StoreStatus::kStored) ++result_.not_stored;
}

void LatencyRun::Get(uint64_t number) {
  key_.clear();
  value_.clear();
  density::AppendKey(number, key_);
  density::AppendValue(number, options_.value_bytes, value_);
  LookupStatus status = LookupStatus::kMiss;
  Time(first() ? Timed::kFirstGet : Timed::kLaterGet, [&] {
    status = cache_->Get(cache_->Hash(key_), kNow,
                         [this](const ItemView& view) { copy_.assign(view.value); });
  });
  if (status == LookupStatus::kHit && copy_ != value_) ++result_.wrong_values;
}

void LatencyRun::Delete(uint64_t number) {
  key_.clear();
  density::AppendKey(number, key_);
  Time(first() ? Timed::kFirstDelete : Timed::kLaterDelete,
       [&] { cache_->Delete({.key = cache_->Hash(key_)}, kNow); });
}

template <typename Call>
void LatencyRun::Time(Timed timed, Call call) {
  const int64_t start_ns = load::NowNs();
  call();
  const auto wall_ns = static_cast<uint64_t>(load::NowNs() - start_ns);
  LatencyOfKind& kind = result_.kinds[static_cast<size_t>(timed)];
  kind.histogram.Add(wall_ns);
  kind.sum_ns += wall_ns;
  if (wall_ns > options_.slow_ns) slow_in_batch_.push_back({timed, wall_ns, {}});
}

void LatencyRun::BeginBatch() { batch_start_ = UsageOfThisThread(); }

void LatencyRun::EndBatch() {
  if (slow_in_batch_.empty()) return;
  const ThreadUsage batch = UsageOfThisThread() - batch_start_;
  for (SlowCall& slow : slow_in_batch_) {
    slow.batch = batch;
    LatencyOfKind& kind = result_.kinds[static_cast<size_t>(slow.timed)];
    ++kind.slow;
    if (static_cast<uint64_t>(batch.cpu_ns) > options_.slow_ns) ++kind.slow_on_cpu;
    result_.slow_calls.push_back(slow);
  }
  slow_in_batch_.clear();
}

}  // namespace ringcached::storage
