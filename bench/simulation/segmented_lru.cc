#include "bench/simulation/segmented_lru.h"

#include <algorithm>

namespace ringcached::simulation {
namespace {

// memcached's hot_lru_pct and warm_lru_pct.
constexpr double kHotShare = 0.2;
constexpr double kWarmShare = 0.4;
// The first hit only marks an item as fetched.
constexpr uint8_t kActiveUses = 2;

}  // namespace

SegmentedLru::SegmentedLru(const std::vector<uint32_t>& bytes, uint64_t max_bytes)
    : Cache(bytes),
      max_bytes_(max_bytes),
      links_(bytes.size()),
      expires_at_(bytes.size()),
      part_(bytes.size(), kAbsent),
      uses_(bytes.size()),
      lists_{ObjectList(links_), ObjectList(links_), ObjectList(links_)} {}

bool SegmentedLru::Get(Object object, Time now) {
  if (part_[object] == kAbsent) return false;
  if (expires_at_[object] <= now) {
    Unlink(object);
    return false;
  }
  uses_[object] = std::min<uint8_t>(uses_[object] + 1, kActiveUses);
  // An active item of cold moves at once, in the background.
  if (part_[object] == kCold && uses_[object] >= kActiveUses) {
    Unlink(object);
    Link(object, kWarm);
  }
  return true;
}

void SegmentedLru::Set(Object object, Time /*now*/, Time expires_at) {
  if (part_[object] != kAbsent) Unlink(object);
  expires_at_[object] = expires_at;
  Link(object, kHot);
  Balance();
}

void SegmentedLru::Link(Object object, Part part) {
  part_[object] = part;
  uses_[object] = 0;
  lists_[part].PushNewest(object);
  bytes_in_[part] += BytesOf(object);
  CountIn(object);
}

void SegmentedLru::Unlink(Object object) {
  const uint8_t part = part_[object];
  lists_[part].Remove(object);
  bytes_in_[part] -= BytesOf(object);
  part_[object] = kAbsent;
  CountOut(object);
}

void SegmentedLru::Shift(Part part) {
  const Object object = lists_[part].oldest();
  const bool active = uses_[object] >= kActiveUses;
  Unlink(object);
  if (active) {
    Link(object, kWarm);
  } else if (part != kCold) {
    Link(object, kCold);
  }
}

void SegmentedLru::Balance() {
  const auto limit = [this](double share) {
    return static_cast<uint64_t>(share * static_cast<double>(max_bytes_));
  };
  while (bytes_in_[kHot] > limit(kHotShare)) Shift(kHot);
  while (bytes_in_[kWarm] > limit(kWarmShare)) Shift(kWarm);
  while (item_bytes() > max_bytes_) {
    set_full();
    Shift(!lists_[kCold].empty() ? kCold : lists_[kHot].empty() ? kWarm : kHot);
  }
}

}  // namespace ringcached::simulation
