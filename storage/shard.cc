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

void Shard::FlushAll(CacheSecond at, CacheSecond now) {
  MutexLock lock(&mutex_);
  SettleFlush(now);
  // Flushed before a deadline is taken away, as in SettleFlush().
  if (at <= now) Flush();
  flush_at_.store(at > now ? at : 0, std::memory_order_release);
}

void Shard::AddStats(CacheStats* stats) const {
  stats->bloom_negatives += gate_.negatives();
  stats->bloom_false_positives += gate_.false_positives();
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
  stats->segments_cleaned += events_.segments_cleaned;
  stats->bytes_moved += events_.bytes_moved;
  stats->bytes_stored += events_.bytes_stored;
}

void Shard::SettleFlush(CacheSecond now) {
  if (!FlushIsDue(now)) return;
  Flush();
  // Behind the flush: a reader that finds none due finds nothing of what it took either.
  flush_at_.store(0, std::memory_order_release);
}

void Shard::Flush() {
  cleaner_.Reset();
  store_.Clear([this](std::string_view key) { return RangeOf(HashKey(context_.hash_seed, key)); });
  eviction_.Clear();
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
