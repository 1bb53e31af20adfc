// How a shard is read: without its lock wherever nothing changes but what is noted of an item's
// use.
//
// The lock is taken by a read
// - that gives an item a new end, may make one, or promises its refreshing,
// - that finds an item at its end, which it removes,
// - when a delayed flush_all is due,
// - that found writers at work in the key's buckets each time that it looked,
// - of a thread that has no reader's place any more.
//
// Without the lock, in this order: one load of the slot, which was right at that moment; one of the
// item, whose memory stays what it is until the ReadSection ends. What changes in an item in place
// is atomic, each field by itself: its end, its bits, and the number and cas of a numeric item.

#include <algorithm>
#include <cassert>

#include "storage/epochs.h"
#include "storage/interleaving.h"
#include "storage/shard.h"

namespace ringcached::storage {
namespace {

// One hit of so many, chosen by chance, is told to the gate for all of them.
constexpr uint32_t kHitsPerNote = 16;

// True once in `times`, which is a power of two.
bool ByChance(Epochs::Reader* reader, uint32_t times) {
  // Of a linear congruential generator the upper bits are random.
  reader->random = reader->random * 1664525 + 1013904223;
  return (reader->random >> 16) % times == 0;
}

// True if this reader is to refresh the item, as far as `view` describes it.
bool Wins(const ReadOptions& options, CacheSecond expiry, const ItemView& view) {
  if (!options.elects || view.promised) return false;
  const CacheSecond end = options.refresh_by_new_expiry ? expiry : view.expiry_before;
  const bool ends_soon = end != kNeverExpires && end < options.refresh_before;
  return view.created || view.stale || ends_soon;
}

// What keeps an item's value in place: its segment, or the large value itself.
struct PinSource {
  ItemStore* store = nullptr;
  const Item* item = nullptr;
};

void DropSegmentPin(void* holder) {
  auto* const segment = static_cast<Segment*>(holder);
  segment->pool->Drop(segment);
}

void DropLargePin(void* holder) { static_cast<LargeValue*>(holder)->DropReference(); }

Pin MakeItemPin(void* owner) {
  const auto* const source = static_cast<PinSource*>(owner);
  if (source->item->large()) {
    LargeValue* const value = source->item->large_value();
    value->AddReference();
    return Pin(&DropLargePin, value);
  }
  assert(!source->item->numeric());
  Segment* const segment = source->store->SegmentOf(*source->item);
  segment->holds.fetch_add(1, std::memory_order_relaxed);
  return Pin(&DropSegmentPin, segment);
}

}  // namespace

LookupStatus Shard::Get(const HashedKey& key, CacheSecond now, Cache::HitVisitor visitor) {
  const Range range = RangeOf(key.hash);
  if (KnownAbsent(range)) return LookupStatus::kMiss;
  const std::optional<LookupStatus> read =
      ReadUnlocked(range, key, {}, /*describes=*/false, now, visitor);
  return read.has_value() ? *read : GetLocked(range, key, now, visitor);
}

LookupStatus Shard::GetLocked(Range range, const HashedKey& key, CacheSecond now,
                              Cache::HitVisitor visitor) {
  MutexLock lock(&mutex_);
  const Lookup lookup = FindPassed(range, key.bytes, now);
  if (lookup.status != LookupStatus::kHit) return lookup.status;
  NoteUse(lookup.found, now);
  lookup.found.item->set_fetched();
  ItemView view;
  Show(key.bytes, lookup.found, &view, visitor);
  return LookupStatus::kHit;
}

Shard::ReadResult Shard::Read(const HashedKey& key, const ReadOptions& options, CacheSecond now,
                              bool last_try, Cache::HitVisitor visitor) {
  const Range range = RangeOf(key.hash);
  const bool vivifies = options.vivify_expiry.has_value();
  if (!vivifies) {
    if (KnownAbsent(range)) return {LookupStatus::kMiss};
    const std::optional<LookupStatus> read =
        ReadUnlocked(range, key, options, /*describes=*/true, now, visitor);
    if (read.has_value()) return {*read};
  }
  MutexLock lock(&mutex_);
  if (vivifies) store_.directory().Maintain();
  Lookup lookup = vivifies ? FindLive(range, key.bytes, now) : FindPassed(range, key.bytes, now);
  ItemView view;
  if (lookup.status != LookupStatus::kHit && vivifies) {
    const bool made = Vivify(range, key, options, now, last_try, &lookup.found);
    if (!made) return {lookup.status, /*out_of_memory=*/true};
    lookup.status = LookupStatus::kCreated;
    view.created = true;
  }
  if (lookup.status == LookupStatus::kMiss || lookup.status == LookupStatus::kExpired) {
    return {lookup.status};
  }
  if (!ApplyOptions(range, key, options, now, &lookup.found, &view)) {
    // It is there if only its end could not be set, and gone if making room has dropped it.
    return {LookupStatus::kMiss, /*out_of_memory=*/lookup.found.item != nullptr};
  }
  Show(key.bytes, lookup.found, &view, visitor);
  return {lookup.status};
}

std::optional<LookupStatus> Shard::ReadUnlocked(Range range, const HashedKey& key,
                                                const ReadOptions& options, bool describes,
                                                CacheSecond now, Cache::HitVisitor visitor) {
  if (options.expiry.has_value() || FlushIsDue(now)) return std::nullopt;
  const ReadSection section;
  if (section.reader() == nullptr) return std::nullopt;
  Found found;
  const Directory::Sight sight = store_.Look(range, key.bytes, &found);
  if (sight == Directory::Sight::kUnsure) return std::nullopt;
  if (sight == Directory::Sight::kAbsent) {
    gate_.NoteMiss();
    return LookupStatus::kMiss;
  }
  if (IsExpired(found.item->expiry(), now)) return std::nullopt;
  ItemView view;
  if (describes) {
    Describe(found, now, &view);
    if (Wins(options, found.item->expiry(), view)) return std::nullopt;
  }
  if (ByChance(section.reader(), kHitsPerNote)) gate_.NoteHits(kHitsPerNote);
  if (options.note_use) {
    if (eviction_.TickIsDue(now)) BeginDueTick(now);
    Restamp(found.slot, found.word, eviction_.UsedStamp(StampIn(found.word)));
    view.fetched = !found.item->set_fetched();
  }
  Show(key.bytes, found, &view, visitor);
  return LookupStatus::kHit;
}

// Whoever has the lock will do it as well.
void Shard::BeginDueTick(CacheSecond now) {
  if (!mutex_.TryLock()) return;
  eviction_.NoteTime(now, &store_.directory());
  mutex_.Unlock();
}

bool Shard::KnownAbsent(Range range) {
  if (!gate_.Asks() || store_.directory().MayContain(range)) return false;
  gate_.CountNegative();
  return true;
}

Shard::Lookup Shard::FindLive(Range range, std::string_view key, CacheSecond now) {
  SettleFlush(now);
  const Found found = store_.Find(range, key);
  if (found.item == nullptr) return {};
  if (!IsExpired(found.item->expiry(), now)) return {LookupStatus::kHit, found};
  if (!found.item->fetched()) ++events_.expired_unfetched;
  store_.Remove(range, found);
  return {LookupStatus::kExpired, {}};
}

Shard::Lookup Shard::FindPassed(Range range, std::string_view key, CacheSecond now) {
  const Lookup lookup = FindLive(range, key, now);
  if (lookup.status == LookupStatus::kMiss) {
    gate_.NoteMiss();
  } else {
    gate_.NoteHits(1);
  }
  return lookup;
}

void Shard::NoteUse(const Found& found, CacheSecond now) {
  eviction_.NoteTime(now, &store_.directory());
  const SlotWord word = found.slot->load(std::memory_order_relaxed);
  Restamp(found.slot, word, eviction_.UsedStamp(StampIn(word)));
}

bool Shard::Vivify(Range range, const HashedKey& key, const ReadOptions& options, CacheSecond now,
                   bool last_try, Found* found) {
  ItemSpec spec{.key = key.bytes,
                .expiry = *options.vivify_expiry,
                .cas = options.vivify_cas.value_or(NextCas()),
                .value = {}};
  *found = {};
  if (Put(range, found, /*needs_present=*/false, &spec, now, last_try) != StoreStatus::kStored) {
    return false;
  }
  ++events_.total_items;
  *found = store_.Find(range, key.bytes);
  return true;
}

bool Shard::ApplyOptions(Range range, const HashedKey& key, const ReadOptions& options,
                         CacheSecond now, Found* found, ItemView* view) {
  Describe(*found, now, view);
  if (options.expiry.has_value() && !view->created &&
      !SetExpiry(range, key.bytes, found, *options.expiry, now)) {
    return false;
  }
  view->won = Wins(options, found->item->expiry(), *view);
  if (view->won) found->item->set_promised();
  if (options.note_use) {
    NoteUse(*found, now);
    found->item->set_fetched();
  }
  return true;
}

void Shard::Describe(const Found& found, CacheSecond now, ItemView* view) const {
  const Item& item = *found.item;
  view->fetched = item.fetched();
  view->stale = item.stale();
  view->promised = item.promised();
  view->item_bytes = item.size_bytes() + (item.large() ? item.large_value()->given_bytes() : 0);
  view->expiry_before = view->created ? kNeverExpires : item.expiry();
  view->last_access =
      std::min(now, eviction_.LastUse(StampIn(found.word), store_.SegmentOf(item)->opened_at));
}

void Shard::Show(std::string_view key, const Found& found, ItemView* view,
                 Cache::HitVisitor visitor) {
  const Item& item = *found.item;
  PinSource source{&store_, &item};
  view->key = key;
  view->client_flags = item.client_flags();
  view->cas = store_.CasOf(item);
  view->expiry = item.expiry();
  view->make_pin = &MakeItemPin;
  view->owner = &source;
  NumberText number;
  if (item.numeric()) {
    number = NumberText(item.number(), item.value_bytes());
    view->value = number.view();
  } else {
    view->value = item.value();
  }
  visitor(*view);
}

}  // namespace ringcached::storage
