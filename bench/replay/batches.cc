#include "bench/replay/batches.h"

namespace ringcached::replay {

Batches::Batches(const trace::Trace& trace, uint32_t copies, size_t max_requests)
    : trace_(trace), copies_(copies), max_requests_(max_requests), last_batch_(trace.key_count) {}

const std::vector<uint64_t>& Batches::Next() {
  objects_.clear();
  ++batch_;
  for (; position_ < trace_.ids.size(); ++position_) {
    const uint32_t id = trace_.ids[position_];
    const bool full = !objects_.empty() && objects_.size() + copies_ > max_requests_;
    if (full || last_batch_[id] == batch_) break;
    last_batch_[id] = batch_;
    for (uint32_t copy = 0; copy < copies_; ++copy) {
      objects_.push_back(uint64_t{id} * copies_ + copy);
    }
  }
  return objects_;
}

}  // namespace ringcached::replay
