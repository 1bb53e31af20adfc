// What clients asked by the part of a key in front of its first delimiter, while `stats detail on`
// has it counted. Each reactor has its own; they are added up when somebody asks.

#ifndef RINGCACHED_PROTOCOL_PREFIX_COUNTS_H_
#define RINGCACHED_PROTOCOL_PREFIX_COUNTS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "storage/mutex.h"

namespace ringcached::protocol {

struct PrefixCount {
  uint64_t gets = 0;
  uint64_t hits = 0;
  uint64_t sets = 0;
  uint64_t deletes = 0;
};

using PrefixTotals = std::map<std::string, PrefixCount, std::less<>>;

// Counts on one thread; the rest is for any.
class PrefixCounts {
 public:
  // Of each thread; what comes beyond them is counted by dropped() alone.
  static constexpr size_t kMaxPrefixes = 4096;

  explicit PrefixCounts(char delimiter) : delimiter_(delimiter) {}

  void CountGet(std::string_view key, bool hit) ABSL_LOCKS_EXCLUDED(mutex_);
  void CountSet(std::string_view key) ABSL_LOCKS_EXCLUDED(mutex_);
  void CountDelete(std::string_view key) ABSL_LOCKS_EXCLUDED(mutex_);

  void AddTo(PrefixTotals* totals) const ABSL_LOCKS_EXCLUDED(mutex_);
  // Requests that were not counted, for want of room for their prefix.
  uint64_t dropped() const ABSL_LOCKS_EXCLUDED(mutex_);
  void Clear() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Null if the key has no prefix, or there is no room for it.
  PrefixCount* CountOf(std::string_view key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const char delimiter_;
  mutable storage::Mutex mutex_;
  PrefixTotals counts_ ABSL_GUARDED_BY(mutex_);
  uint64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_PREFIX_COUNTS_H_
