#include "protocol/reply_sink.h"

#include <algorithm>
#include <utility>

namespace ringcached::protocol {
namespace {

// Enough for the replies of a small pipeline; doubling from here reaches the limit in five steps.
constexpr size_t kFirstCapacityBytes = 2048;

}  // namespace

void ReplySink::AppendPinned(std::string_view bytes, storage::Pin pin) {
  if (bytes.empty()) return;
  pinned_.push_back({size_, bytes, std::move(pin)});
  pinned_bytes_ += bytes.size();
}

void ReplySink::Clear() {
  size_ = 0;
  pinned_.clear();
  pinned_bytes_ = 0;
}

void ReplySink::Grow(size_t bytes) {
  const size_t capacity = std::max({kFirstCapacityBytes, capacity_ * 2, size_ + bytes});
  auto data = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ > 0) std::memcpy(data.get(), data_.get(), size_);
  data_ = std::move(data);
  capacity_ = capacity;
}

}  // namespace ringcached::protocol
