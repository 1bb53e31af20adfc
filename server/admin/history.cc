#include "server/admin/history.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace ringcached::server {
namespace {

using protocol::Counter;

constexpr double kMicrosecondsPerNanosecond = 1e-3;
constexpr double kSecondsPerMicrosecond = 1e-6;

uint64_t CountOf(const ServerSnapshot& snapshot, std::initializer_list<Counter> counters) {
  uint64_t count = 0;
  for (const Counter counter : counters) count += snapshot.totals[counter];
  return count;
}

uint64_t Others(const ServerSnapshot& snapshot) {
  return CountOf(snapshot, {Counter::kCmdTouch, Counter::kCmdMeta, Counter::kCmdFlush,
                            Counter::kDeleteHits, Counter::kDeleteMisses, Counter::kIncrHits,
                            Counter::kIncrMisses, Counter::kDecrHits, Counter::kDecrMisses});
}

uint64_t CpuMicroseconds(const ServerSnapshot& snapshot) {
  return static_cast<uint64_t>(snapshot.figures.rusage_user_us + snapshot.figures.rusage_system_us);
}

// All commands' durations in the interval.
LatencyHistogram Durations(const ServerSnapshot& before, const ServerSnapshot& after) {
  LatencyHistogram all;
  for (size_t i = 0; i < kCommandKinds; ++i) {
    all.Add(after.latencies[i].Since(before.latencies[i]));
  }
  return all;
}

HistoryRow RowOf(const ServerSnapshot& before, const ServerSnapshot& after, double seconds) {
  const auto rate = [seconds](uint64_t from, uint64_t to) {
    return static_cast<double>(to - std::min(from, to)) / seconds;
  };
  const auto counted = [&](Counter counter) {
    return rate(before.totals[counter], after.totals[counter]);
  };
  HistoryRow row;
  row.gets_per_s = counted(Counter::kCmdGet);
  row.hits_per_s = counted(Counter::kGetHits);
  row.sets_per_s = counted(Counter::kCmdSet);
  row.others_per_s = rate(Others(before), Others(after));
  row.evictions_per_s = rate(before.cache.evictions, after.cache.evictions);
  row.connections = after.figures.curr_connections;
  row.items = after.cache.items;
  row.resident_bytes = after.figures.resident_bytes;
  row.cpu_cores = rate(CpuMicroseconds(before), CpuMicroseconds(after)) * kSecondsPerMicrosecond;
  const LatencyHistogram durations = Durations(before, after);
  if (durations.total() > 0) {
    row.p50_us = static_cast<double>(durations.PercentileNs(0.5)) * kMicrosecondsPerNanosecond;
    row.p99_us = static_cast<double>(durations.PercentileNs(0.99)) * kMicrosecondsPerNanosecond;
  }
  return row;
}

}  // namespace

void History::Add(std::unique_ptr<const ServerSnapshot> snapshot, int64_t unix_seconds,
                  double seconds) {
  storage::MutexLock lock(&mutex_);
  const std::unique_ptr<const ServerSnapshot> before = std::exchange(last_, std::move(snapshot));
  if (before == nullptr) return;
  HistoryRow row = RowOf(*before, *last_, seconds);
  row.unix_seconds = unix_seconds;
  rows_.push_back(row);
  if (rows_.size() > kMaxRows) rows_.pop_front();
}

std::vector<HistoryRow> History::Rows() const {
  storage::MutexLock lock(&mutex_);
  return {rows_.begin(), rows_.end()};
}

std::optional<double> History::RecentHitRatio() const {
  storage::MutexLock lock(&mutex_);
  double gets = 0;
  double hits = 0;
  const size_t recent = std::min(rows_.size(), kRecentRows);
  for (size_t i = rows_.size() - recent; i < rows_.size(); ++i) {
    gets += rows_[i].gets_per_s;
    hits += rows_[i].hits_per_s;
  }
  if (gets <= 0) return std::nullopt;
  return hits / gets;
}

}  // namespace ringcached::server
