// Invariants, whenever the lock is free:
// - The store's: the directory leads to exactly the items that live.
// - cas numbers ascend within the shard, are unique over all shards and never 0.
// - No view into an item outlives a change of the log: cleaning moves items, so what is read of an
//   item after room was made is read from where it lies then.

#include "storage/shard.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/container/inlined_vector.h"

namespace ringcached::storage {
namespace {

// Of an item: header, key and a value of a hundred bytes.
constexpr size_t kPrefetchedLines = 3;

// What a step of a walk rarely exceeds.
constexpr size_t kWalkedItems = 512;

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

Shard::Shard(const ShardContext& context, size_t number)
    : context_(context),
      number_(number),
      numbering_{.shard_bits = context.directory.shard_bits, .shard = number},
      gate_(context.bloom),
      store_(context.pool, context.ledger, context.directory, numbering_),
      eviction_(context.eviction, context.ledger, context.pool->segment_bytes()),
      cleaner_(&store_, &eviction_, &events_,
               {.hash_seed = context.hash_seed,
                .evict = context.evict,
                .observer = context.eviction_observer}) {
  assert(number < context.shard_count);
}

Shard::~Shard() {
  MutexLock lock(&mutex_);
  store_.RemoveLarge(
      [this](std::string_view key) { return RangeOf(HashKey(context_.hash_seed, key)); });
}

bool Shard::Init() {
  MutexLock lock(&mutex_);
  return store_.Init();
}

void Shard::Prefetch(uint64_t hash) const {
  store_.directory().Prefetch(RangeOf(hash), gate_.Asks());
}

void Shard::PrefetchItem(uint64_t hash) const {
  const Location location = store_.directory().PeekLocation(RangeOf(hash));
  if (location == 0) return;
  const char* const item = context_.pool->At(location);
  for (size_t line = 0; line < kPrefetchedLines; ++line) {
    __builtin_prefetch(item + line * kCacheLineBytes);
  }
}

LookupStatus Shard::Get(const HashedKey& key, CacheSecond now, Cache::HitVisitor visitor) {
  const Range range = RangeOf(key.hash);
  if (KnownAbsent(range)) return LookupStatus::kMiss;
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
  if (!vivifies && KnownAbsent(range)) return {LookupStatus::kMiss};
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

bool Shard::Walk(Range* range, CacheSecond now, Cache::HitVisitor visitor) {
  MutexLock lock(&mutex_);
  SettleFlush(now);
  absl::InlinedVector<SlotWord, kWalkedItems> words;
  *range = store_.directory().VisitRanges(*range, [&](SlotWord word) {
    __builtin_prefetch(context_.pool->At(LocationIn(word)));
    words.push_back(word);
  });
  for (const SlotWord word : words) {
    const Found found{SegmentLog::ItemAt(context_.pool->At(LocationIn(word))), nullptr, word};
    if (IsExpired(found.item->expiry(), now)) continue;
    ItemView view;
    Describe(found, now, &view);
    Show(found.item->key(), found, &view, visitor);
  }
  return *range < store_.directory().range_end();
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
  const CacheSecond end =
      options.refresh_by_new_expiry ? found->item->expiry() : view->expiry_before;
  const bool ends_soon = end != kNeverExpires && end < options.refresh_before;
  view->won = options.elects && !view->promised && (view->created || view->stale || ends_soon);
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

void Shard::FlushAll(CacheSecond at, CacheSecond now) {
  MutexLock lock(&mutex_);
  SettleFlush(now);
  flush_at_ = at > now ? at : 0;
  if (at <= now) Flush();
}

void Shard::AddStats(CacheStats* stats) const {
  stats->bloom_negatives += gate_.negatives();
  MutexLock lock(&mutex_);
  const CacheSecond oldest = store_.log().OldestSecond();
  if (stats->oldest_second == 0 || (oldest != 0 && oldest < stats->oldest_second)) {
    stats->oldest_second = oldest;
  }
  stats->items += store_.directory().size();
  stats->item_bytes += store_.log().live_bytes() + store_.large_bytes();
  stats->dead_bytes += store_.log().dead_bytes();
  stats->index_slots += store_.directory().slot_count();
  stats->index_moving_shards += store_.directory().moving() ? 1 : 0;
  stats->bloom_capacity += store_.directory().filter_capacity_keys();
  stats->bloom_rebuilds += store_.directory().filter_rebuilds();
  stats->bloom_asking_shards += gate_.Asks() ? 1 : 0;
  stats->total_items += events_.total_items;
  stats->evictions += events_.evictions;
  stats->evicted_unfetched += events_.evicted_unfetched;
  stats->evicted_ending += events_.evicted_ending;
  stats->evicted_ages.Add(events_.evicted_ages);
  stats->evicted_age_seconds = std::max(stats->evicted_age_seconds, events_.evicted_age_seconds);
  stats->expired_unfetched += events_.expired_unfetched;
  stats->reclaimed += events_.reclaimed;
  stats->bloom_false_positives += events_.bloom_false_positives;
  stats->segments_cleaned += events_.segments_cleaned;
  stats->bytes_moved += events_.bytes_moved;
  stats->bytes_stored += events_.bytes_stored;
}

bool Shard::KnownAbsent(Range range) {
  if (!gate_.Asks() || store_.directory().MayContain(range)) return false;
  gate_.CountNegative();
  return true;
}

void Shard::SettleFlush(CacheSecond now) {
  if (flush_at_ == 0 || now < flush_at_) return;
  flush_at_ = 0;
  Flush();
}

void Shard::Flush() {
  cleaner_.Reset();
  store_.Clear([this](std::string_view key) { return RangeOf(HashKey(context_.hash_seed, key)); });
  eviction_.Clear();
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
  const bool miss = lookup.status == LookupStatus::kMiss;
  if (miss && gate_.Asks()) ++events_.bloom_false_positives;
  gate_.Note(miss);
  return lookup;
}

void Shard::NoteUse(const Found& found, CacheSecond now) {
  eviction_.NoteTime(now, &store_.directory());
  const SlotWord word = found.slot->load(std::memory_order_relaxed);
  Restamp(found.slot, word, eviction_.UsedStamp(StampIn(word)));
}

bool Shard::Rewrite(Range range, std::string_view key, Found* found,
                    absl::FunctionRef<void(ItemSpec*)> change, CacheSecond now) {
  ItemSpec spec = SpecOf(*found->item, store_.CasOf(*found->item));
  change(&spec);
  const LogQueue queue = QueueFor(range, *found, spec.expiry, now);
  bool moved = false;
  const bool has_room = MakeRoomFor(queue, &spec, 0, now, /*last_try=*/true, &moved) ||
                        TakeRoomForReplacement(queue, &spec, now);
  // Also without room: what was moved for nothing lies elsewhere all the same.
  if (moved) *found = store_.Find(range, key);
  if (!has_room || found->item == nullptr) return false;
  spec = SpecOf(*found->item, store_.CasOf(*found->item));
  change(&spec);
  if (!store_.log().Fits(queue, &spec)) return false;
  store_.Move(*found, queue, spec, StampIn(found->slot->load(std::memory_order_relaxed)));
  *found = store_.Find(range, key);
  return true;
}

bool Shard::SetExpiry(Range range, std::string_view key, Found* found, CacheSecond expiry,
                      CacheSecond now) {
  if (SetExpiryInPlace(found->item, expiry)) return true;
  return Rewrite(
      range, key, found, [expiry](ItemSpec* spec) { spec->expiry = expiry; }, now);
}

bool Shard::SetExpiryInPlace(Item* item, CacheSecond expiry) {
  if (!item->has(Item::kHasExpiry)) return expiry == kNeverExpires;
  // The segment first: nobody may find it wholly expired while the item is not.
  Segment* const segment = store_.SegmentOf(*item);
  segment->RaiseLatestExpiry(expiry);
  if (expiry != kNeverExpires) segment->sweep_at = std::min(segment->sweep_at, expiry);
  item->set_expiry(expiry);
  return true;
}

}  // namespace ringcached::storage
