// Invariants, whenever the lock is free:
// - The store's: the directory leads to exactly the items that live.
// - cas numbers ascend within the shard, are unique over all shards and never 0.
// - No view into an item outlives a change of the log: cleaning moves items, so what is read of an
//   item after room was made is read from where it lies then.

#include "storage/shard.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace ringcached::storage {
namespace {

// Of an item: header, key and a value of a hundred bytes.
constexpr size_t kPrefetchedLines = 3;

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
      gate_(context.bloom),
      store_(context.pool, context.ledger, context.directory),
      eviction_(context.eviction, context.ledger, context.pool->segment_bytes()),
      cleaner_(&store_, &eviction_, &events_, context.hash_seed, context.evict) {
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

LookupStatus Shard::Read(const HashedKey& key, const CacheSecond* new_expiry, CacheSecond now,
                         Cache::HitVisitor visitor) {
  const Range range = RangeOf(key.hash);
  if (KnownAbsent(range)) return LookupStatus::kMiss;
  MutexLock lock(&mutex_);
  Lookup lookup = FindPassed(range, key.bytes, now);
  if (lookup.status != LookupStatus::kHit) return lookup.status;
  if (new_expiry != nullptr) SetExpiry(range, key.bytes, &lookup.found, *new_expiry, now);
  if (lookup.found.item == nullptr) return LookupStatus::kMiss;
  NoteUse(lookup.found);
  Item& item = *lookup.found.item;
  item.set_fetched();
  PinSource source{&store_, &item};
  ItemView view{.key = key.bytes,
                .value = {},
                .client_flags = item.client_flags(),
                .cas = PublicCas(store_.CasOf(item)),
                .expiry = item.expiry(),
                .make_pin = &MakeItemPin,
                .owner = &source};
  NumberText number;
  if (item.numeric()) {
    number = NumberText(item.number(), item.value_bytes());
    view.value = number.view();
  } else {
    view.value = item.value();
  }
  visitor(view);
  return LookupStatus::kHit;
}

bool Shard::Touch(const HashedKey& key, CacheSecond expiry, CacheSecond now) {
  const Range range = RangeOf(key.hash);
  if (KnownAbsent(range)) return false;
  MutexLock lock(&mutex_);
  Lookup lookup = FindPassed(range, key.bytes, now);
  if (lookup.status != LookupStatus::kHit) return false;
  if (!SetExpiry(range, key.bytes, &lookup.found, expiry, now)) return false;
  NoteUse(lookup.found);
  return true;
}

bool Shard::Delete(const HashedKey& key, CacheSecond now) {
  const Range range = RangeOf(key.hash);
  if (KnownAbsent(range)) return false;
  MutexLock lock(&mutex_);
  store_.directory().Maintain();
  const Lookup lookup = FindPassed(range, key.bytes, now);
  if (lookup.status != LookupStatus::kHit) return false;
  store_.Remove(range, lookup.found);
  return true;
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
  stats->items += store_.directory().size();
  stats->item_bytes += store_.log().live_bytes() + store_.large_bytes();
  stats->dead_bytes += store_.log().dead_bytes();
  stats->index_slots += store_.directory().slot_count();
  stats->bloom_capacity += store_.directory().filter_capacity_keys();
  stats->bloom_rebuilds += store_.directory().filter_rebuilds();
  stats->bloom_asking_shards += gate_.Asks() ? 1 : 0;
  stats->total_items += events_.total_items;
  stats->evictions += events_.evictions;
  stats->evicted_unfetched += events_.evicted_unfetched;
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

void Shard::NoteUse(const Found& found) {
  const SlotWord word = found.slot->load(std::memory_order_relaxed);
  Restamp(found.slot, word, eviction_.UsedStamp(StampIn(word)));
}

bool Shard::SetExpiry(Range range, std::string_view key, Found* found, CacheSecond expiry,
                      CacheSecond now) {
  Item& item = *found->item;
  if (item.has(Item::kHasExpiry)) {
    // The segment first: nobody may find it wholly expired while the item is not.
    Segment* const segment = store_.SegmentOf(item);
    segment->RaiseLatestExpiry(expiry);
    if (expiry != kNeverExpires) segment->sweep_at = std::min(segment->sweep_at, expiry);
    item.set_expiry(expiry);
    return true;
  }
  if (expiry == kNeverExpires) return true;
  // There is no field for it: the item moves to where it has one.
  ItemSpec spec = SpecOf(item, store_.SegmentOf(item)->cas_base);
  spec.expiry = expiry;
  const LogQueue queue = QueueFor(range, *found, expiry, now);
  bool moved = false;
  const bool has_room = MakeRoomFor(queue, &spec, 0, now, /*last_try=*/true, &moved);
  // Also without room: what was moved for nothing lies elsewhere all the same.
  if (moved) *found = store_.Find(range, key);
  if (!has_room || found->item == nullptr) return false;
  spec = SpecOf(*found->item, store_.SegmentOf(*found->item)->cas_base);
  spec.expiry = expiry;
  if (!store_.log().Fits(queue, &spec)) return false;
  store_.Move(*found, queue, spec, StampIn(found->slot->load(std::memory_order_relaxed)));
  *found = store_.Find(range, key);
  return true;
}

}  // namespace ringcached::storage
