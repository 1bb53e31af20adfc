#include "bench/simulation/exact_lru.h"

namespace ringcached::simulation {

ExactLru::ExactLru(const std::vector<uint32_t>& bytes, LruLimits limits)
    : Cache(bytes),
      limits_(limits),
      links_(bytes.size()),
      expires_at_(bytes.size()),
      held_(bytes.size()),
      list_(links_) {}

bool ExactLru::Get(Object object, Time now) {
  if (!held_[object]) return false;
  if (expires_at_[object] <= now) {
    Drop(object);
    return false;
  }
  list_.Remove(object);
  list_.PushNewest(object);
  return true;
}

void ExactLru::Set(Object object, Time /*now*/, Time expires_at) {
  if (held_[object]) Drop(object);
  held_[object] = true;
  expires_at_[object] = expires_at;
  list_.PushNewest(object);
  CountIn(object);
  while (item_bytes() > limits_.max_bytes || item_count() > limits_.max_items) {
    set_full();
    Drop(list_.oldest());
  }
}

void ExactLru::Drop(Object object) {
  list_.Remove(object);
  held_[object] = false;
  CountOut(object);
}

}  // namespace ringcached::simulation
