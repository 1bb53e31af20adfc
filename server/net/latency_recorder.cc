#include "server/net/latency_recorder.h"

namespace ringcached::server {
namespace {

using protocol::CommandCounters;
using protocol::Counter;

constexpr std::array<std::string_view, kCommandKinds> kNames = {"get", "set", "delete", "incr_decr",
                                                                "touch"};

uint64_t Answered(CommandKind kind, const CommandCounters& counters) {
  switch (kind) {
    case CommandKind::kGet:
      return counters.Get(Counter::kCmdGet) + counters.Get(Counter::kCmdMeta);
    case CommandKind::kSet:
      return counters.Get(Counter::kCmdSet);
    case CommandKind::kDelete:
      return counters.Get(Counter::kDeleteHits) + counters.Get(Counter::kDeleteMisses);
    case CommandKind::kDelta:
      return counters.Get(Counter::kIncrHits) + counters.Get(Counter::kIncrMisses) +
             counters.Get(Counter::kDecrHits) + counters.Get(Counter::kDecrMisses);
    case CommandKind::kTouch:
      return counters.Get(Counter::kCmdTouch);
    case CommandKind::kKinds:
      break;
  }
  return 0;
}

}  // namespace

std::string_view CommandKindName(CommandKind kind) { return kNames[static_cast<size_t>(kind)]; }

void LatencyHistogram::Add(const LatencyHistogram& other) {
  for (size_t i = 0; i < counts_.size(); ++i) Add(i, other.counts_[i]);
  AddSum(other.sum_ns_);
}

LatencyHistogram LatencyHistogram::Since(const LatencyHistogram& earlier) const {
  LatencyHistogram since = *this;
  for (size_t i = 0; i < counts_.size(); ++i) {
    if (earlier.counts_[i] > counts_[i]) return *this;
    since.counts_[i] -= earlier.counts_[i];
  }
  since.total_ -= earlier.total_;
  since.sum_ns_ -= earlier.sum_ns_;
  return since;
}

void LatencyRecorder::Counts::Add(uint64_t ns, uint64_t count) {
  std::atomic<uint64_t>& bucket = buckets[LatencyHistogram::Buckets::BucketOf(ns)];
  bucket.store(bucket.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  sum_ns.store(sum_ns.load(std::memory_order_relaxed) + ns * count, std::memory_order_relaxed);
}

void LatencyRecorder::Counts::Zero() {
  for (std::atomic<uint64_t>& bucket : buckets) bucket.store(0, std::memory_order_relaxed);
  sum_ns.store(0, std::memory_order_relaxed);
}

void LatencyRecorder::Counts::AddTo(LatencyHistogram* histogram) const {
  for (size_t i = 0; i < buckets.size(); ++i) {
    histogram->Add(i, buckets[i].load(std::memory_order_relaxed));
  }
  histogram->AddSum(sum_ns.load(std::memory_order_relaxed));
}

void LatencyRecorder::ClearIfAsked() {
  if (!clear_.load(std::memory_order_relaxed)) return;
  for (Counts& counts : counts_) counts.Zero();
  turns_.Zero();
  clear_.store(false, std::memory_order_release);
}

void LatencyRecorder::Record(uint64_t ns, const protocol::CommandCounters& counters) {
  ClearIfAsked();
  for (size_t kind = 0; kind < kCommandKinds; ++kind) {
    const uint64_t answered = Answered(static_cast<CommandKind>(kind), counters);
    if (answered == answered_[kind]) continue;
    counts_[kind].Add(ns, answered - answered_[kind]);
    answered_[kind] = answered;
  }
}

void LatencyRecorder::RecordTurn(uint64_t ns) {
  ClearIfAsked();
  turns_.Add(ns, 1);
}

// A reactor with nothing to do has no turn in which it would clear its counts.
void LatencyRecorder::AddTo(CommandKind kind, LatencyHistogram* histogram) const {
  if (clear_.load(std::memory_order_acquire)) return;
  counts_[static_cast<size_t>(kind)].AddTo(histogram);
}

void LatencyRecorder::AddTurnsTo(LatencyHistogram* histogram) const {
  if (clear_.load(std::memory_order_acquire)) return;
  turns_.AddTo(histogram);
}

}  // namespace ringcached::server
