// Invariants:
//  - next_ <= count_ <= kLookupBatchKeys.
//  - Where an entry lies says which it is: its bytes are those that were hashed until Clear(). They
//    are not read again.

#include "protocol/lookup_batch.h"

#include <functional>

namespace ringcached::protocol {
namespace {

// Whether the key lies in `input`. Pointers to different things are ordered by std::less alone.
bool LiesIn(std::string_view input, std::string_view key) {
  const std::less<const char*> before;
  return !before(key.data(), input.data()) && before(key.data(), input.data() + input.size());
}

}  // namespace

void LookupBatch::PrefetchItems() const {
  for (size_t i = 0; count_ > 1 && i < count_; ++i) cache_.PrefetchItem(keys_[i]);
}

storage::HashedKey LookupBatch::Seek(std::string_view key) {
  for (size_t i = next_; i < count_; ++i) {
    if (IsAt(keys_[i], key)) return Take(i);
  }
  return cache_.Hash(key);
}

bool LookupBatch::LeadsBeyond(std::string_view input, size_t done) {
  while (next_ < count_ && LiesIn(input.substr(0, done), keys_[next_].bytes)) ++next_;
  return next_ < count_ && LiesIn(input.substr(done), keys_[next_].bytes);
}

}  // namespace ringcached::protocol
