#include "protocol/prefix_counts.h"

namespace ringcached::protocol {

void PrefixCounts::CountGet(std::string_view key, bool hit) {
  storage::MutexLock lock(&mutex_);
  PrefixCount* const count = CountOf(key);
  if (count == nullptr) return;
  ++count->gets;
  count->hits += hit ? 1 : 0;
}

void PrefixCounts::CountSet(std::string_view key) {
  storage::MutexLock lock(&mutex_);
  if (PrefixCount* const count = CountOf(key); count != nullptr) ++count->sets;
}

void PrefixCounts::CountDelete(std::string_view key) {
  storage::MutexLock lock(&mutex_);
  if (PrefixCount* const count = CountOf(key); count != nullptr) ++count->deletes;
}

void PrefixCounts::AddTo(PrefixTotals* totals) const {
  storage::MutexLock lock(&mutex_);
  for (const auto& [prefix, count] : counts_) {
    PrefixCount& total = (*totals)[prefix];
    total.gets += count.gets;
    total.hits += count.hits;
    total.sets += count.sets;
    total.deletes += count.deletes;
  }
}

uint64_t PrefixCounts::dropped() const {
  storage::MutexLock lock(&mutex_);
  return dropped_;
}

void PrefixCounts::Clear() {
  storage::MutexLock lock(&mutex_);
  counts_.clear();
  dropped_ = 0;
}

PrefixCount* PrefixCounts::CountOf(std::string_view key) {
  const size_t end = key.find(delimiter_);
  if (end == std::string_view::npos) return nullptr;
  const std::string_view prefix = key.substr(0, end);
  if (const auto found = counts_.find(prefix); found != counts_.end()) return &found->second;
  if (counts_.size() == kMaxPrefixes) {
    ++dropped_;
    return nullptr;
  }
  return &counts_[std::string(prefix)];
}

}  // namespace ringcached::protocol
