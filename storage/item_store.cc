// Invariants:
// - The directory has a slot for exactly the items that the log counts as alive.
// - A living large item holds one reference to its value; a dead one's word leads nowhere.

#include "storage/item_store.h"

#include <cassert>

namespace ringcached::storage {
namespace {

constexpr LogQueue kQueues[] = {kLongLivedQueue, kShortLivedQueue};

}  // namespace

bool ItemStore::Add(Range range, LogQueue queue, const ItemSpec& spec, Stamp stamp) {
  const Item* const item = log_.Append(queue, spec);
  if (!directory_.Insert(range, stamp, pool_.LocationOf(item))) {
    NoteDead(*item);
    return false;
  }
  if (item->large()) large_bytes_ += item->large_value()->given_bytes();
  return true;
}

void ItemStore::Replace(const Found& present, LogQueue queue, const ItemSpec& spec, Stamp stamp) {
  const Item* const item = log_.Append(queue, spec);
  if (item->large()) large_bytes_ += item->large_value()->given_bytes();
  Link(present, *item, stamp);
  Discard(*present.item);
}

void ItemStore::Move(const Found& present, LogQueue queue, const ItemSpec& spec, Stamp stamp) {
  Link(present, *log_.Append(queue, spec), stamp);
  NoteDead(*present.item);
}

void ItemStore::Remove(Range range, const Found& present) {
  directory_.Erase(range, present.slot);
  Discard(*present.item);
}

void ItemStore::Clear(RangeOfKey range_of) {
  if (large_bytes_ > 0) RemoveLarge(range_of);
  // Without memory for an empty directory, one by one.
  if (!directory_.Clear()) RemoveWhere([](const Item&) { return true; }, range_of);
  guarded_ = nullptr;
  log_.RetireAll();
}

void ItemStore::Link(const Found& present, const Item& item, Stamp stamp) {
  const SlotWord word = WithStamp(WithLocation(present.word, pool_.LocationOf(&item)), stamp);
  present.slot->store(word, std::memory_order_release);
}

void ItemStore::Discard(const Item& item) {
  if (item.large()) {
    large_bytes_ -= item.large_value()->given_bytes();
    item.large_value()->Retire();
  }
  NoteDead(item);
}

void ItemStore::NoteDead(const Item& item) {
  Segment* const segment = log_.NoteDead(item);
  if (segment->live_items > 0 || log_.is_open(segment) || segment == guarded_) return;
  log_.Retire(segment);
}

void ItemStore::RemoveWhere(absl::FunctionRef<bool(const Item&)> wanted, RangeOfKey range_of) {
  for (const LogQueue queue : kQueues) {
    log_.Seal(queue);
    Segment* newer = nullptr;
    for (Segment* segment = log_.sealed(queue).oldest(); segment != nullptr; segment = newer) {
      newer = segment->newer;
      guarded_ = segment;
      log_.Walk(*segment, 0, [&](const Item* item) {
        if (!wanted(*item)) return true;
        const Range range = range_of(item->key());
        const Found found = FindAt(range, item);
        if (found.item != nullptr) Remove(range, found);
        return true;
      });
      guarded_ = nullptr;
      if (segment->live_items == 0) log_.Retire(segment);
    }
  }
}

}  // namespace ringcached::storage
