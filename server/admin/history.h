// The last minutes, in equal intervals: what the page draws.

#ifndef RINGCACHED_SERVER_ADMIN_HISTORY_H_
#define RINGCACHED_SERVER_ADMIN_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "server/net/server_snapshot.h"
#include "storage/mutex.h"

namespace ringcached::server {

// What happened in one interval, and the levels at its end.
struct HistoryRow {
  int64_t unix_seconds = 0;  // of its end
  double gets_per_s = 0;
  double hits_per_s = 0;
  double sets_per_s = 0;
  double others_per_s = 0;
  double evictions_per_s = 0;
  uint64_t connections = 0;
  uint64_t items = 0;
  uint64_t resident_bytes = 0;
  // Over all commands; none if there were none.
  std::optional<double> p50_us;
  std::optional<double> p99_us;
  double cpu_cores = 0;  // how many were busy with this process
};

// Threads: all methods from any thread.
class History {
 public:
  static constexpr size_t kMaxRows = 300;
  static constexpr size_t kRecentRows = 30;  // a minute's, with rows of two seconds

  // Adds the row from the snapshot before to this one, `seconds` (> 0) later. The first only begins
  // the first interval.
  void Add(std::unique_ptr<const ServerSnapshot> snapshot, int64_t unix_seconds, double seconds);

  // Oldest first.
  std::vector<HistoryRow> Rows() const;
  // Of the gets in the last kRecentRows; none if there were none.
  std::optional<double> RecentHitRatio() const;

 private:
  mutable storage::Mutex mutex_;
  std::unique_ptr<const ServerSnapshot> last_ ABSL_GUARDED_BY(mutex_);
  std::deque<HistoryRow> rows_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_HISTORY_H_
