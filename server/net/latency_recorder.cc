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

void LatencyRecorder::Record(uint64_t ns, const CommandCounters& counters) {
  if (clear_.load(std::memory_order_relaxed)) {
    for (Counts& counts : counts_) {
      for (std::atomic<uint64_t>& count : counts) count.store(0, std::memory_order_relaxed);
    }
    clear_.store(false, std::memory_order_release);
  }
  const size_t bucket = LatencyHistogram::Buckets::BucketOf(ns);
  for (size_t kind = 0; kind < kCommandKinds; ++kind) {
    const uint64_t answered = Answered(static_cast<CommandKind>(kind), counters);
    if (answered == answered_[kind]) continue;
    std::atomic<uint64_t>& count = counts_[kind][bucket];
    count.store(count.load(std::memory_order_relaxed) + answered - answered_[kind],
                std::memory_order_relaxed);
    answered_[kind] = answered;
  }
}

void LatencyRecorder::AddTo(CommandKind kind, LatencyHistogram* histogram) const {
  // A reactor with nothing to do has no turn in which it would clear them.
  if (clear_.load(std::memory_order_acquire)) return;
  const Counts& counts = counts_[static_cast<size_t>(kind)];
  for (size_t i = 0; i < counts.size(); ++i) {
    histogram->Add(i, counts[i].load(std::memory_order_relaxed));
  }
}

}  // namespace ringcached::server
