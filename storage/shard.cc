// Invariants, whenever the lock is free:
// - The same items are in the table and in the list. The index holds one reference to each.
// - The filter holds every key in the table: it is added before its item is linked, and a rebuild
//   adds all that are linked, under the lock.
// - cas numbers ascend within the shard and are unique over all: they are congruent to the shard's
//   number modulo the number of shards.
// - Items, index and filters are within the budget, but for items that are not published yet or
//   that somebody keeps after they were unlinked: a store makes room before it links.

#include "storage/shard.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <optional>
#include <utility>

#include "storage/decimal.h"

namespace ringcached::storage {
namespace {

// With evict=false: how many of the oldest items a store looks at for ended ones.
constexpr size_t kMaxReclaimProbes = 64;

// What stands against storing in that mode over `present` (null if absent); kStored if nothing.
StoreStatus Refusal(StoreMode mode, const Item* present, uint64_t expected_cas) {
  switch (mode) {
    case StoreMode::kSet:
      return StoreStatus::kStored;
    case StoreMode::kAdd:
      return present == nullptr ? StoreStatus::kStored : StoreStatus::kNotStored;
    case StoreMode::kReplace:
    case StoreMode::kAppend:
    case StoreMode::kPrepend:
      return present != nullptr ? StoreStatus::kStored : StoreStatus::kNotStored;
    case StoreMode::kCas:
      if (present == nullptr) return StoreStatus::kNotFound;
      return present->cas == expected_cas ? StoreStatus::kStored : StoreStatus::kExists;
  }
  return StoreStatus::kNotStored;
}

bool Joins(StoreMode mode) { return mode == StoreMode::kAppend || mode == StoreMode::kPrepend; }

HashedKey KeyOf(const Item& item) { return {item.key(), item.hash}; }

bool RebuildFrom(const ItemTable& table, BloomFilter* filter) {
  return filter->Rebuild(table.size(), [&table](BloomTable* next) {
    table.ForEach([next](const Item& item) { next->Add(item.hash); });
  });
}

uint64_t Changed(uint64_t number, DeltaDirection direction, uint64_t delta) {
  if (direction == DeltaDirection::kIncrement) return number + delta;
  return number > delta ? number - delta : 0;
}

// The digits at the front, spaces behind.
void FillWithNumber(Item* item, std::string_view digits) {
  assert(digits.size() <= item->value_bytes);
  std::memcpy(item->value_data(), digits.data(), digits.size());
  std::memset(item->value_data() + digits.size(), ' ', item->value_bytes - digits.size());
}

}  // namespace

Shard::Shard(const ShardContext& context, size_t number)
    : context_(context), filter_(context.allocator), table_(context.allocator), last_cas_(number) {
  assert(number < context.shard_count);
}

Shard::~Shard() {
  MutexLock lock(&mutex_);
  while (Item* const item = lru_.Oldest()) Unlink(item);
}

bool Shard::Init() {
  MutexLock lock(&mutex_);
  return table_.Init() && filter_.Init();
}

void Shard::Prefetch(uint64_t hash) const {
  filter_.Prefetch(hash);
  table_.Prefetch(hash);
}

LookupStatus Shard::Read(const HashedKey& key, const CacheSecond* new_expiry, CacheSecond now,
                         Cache::HitVisitor visitor) {
  if (KnownAbsent(key.hash)) return LookupStatus::kMiss;
  MutexLock lock(&mutex_);
  const Lookup found = FindPassed(key, now);
  if (found.item == nullptr) return found.status;
  if (new_expiry != nullptr) found.item->expiry = *new_expiry;
  found.item->fetched = true;
  lru_.MoveToNewest(found.item);
  visitor(found.item->View());
  return LookupStatus::kHit;
}

bool Shard::Touch(const HashedKey& key, CacheSecond expiry, CacheSecond now) {
  if (KnownAbsent(key.hash)) return false;
  MutexLock lock(&mutex_);
  Item* const item = FindPassed(key, now).item;
  if (item == nullptr) return false;
  item->expiry = expiry;
  lru_.MoveToNewest(item);
  return true;
}

bool Shard::Delete(const HashedKey& key, CacheSecond now) {
  if (KnownAbsent(key.hash)) return false;
  MutexLock lock(&mutex_);
  Item* const item = FindPassed(key, now).item;
  if (item == nullptr) return false;
  Unlink(item);
  return true;
}

StoreResult Shard::Store(ItemRef* item, StoreMode mode, uint64_t expected_cas, CacheSecond now,
                         size_t* short_bytes) {
  *short_bytes = 0;
  MutexLock lock(&mutex_);
  Item* const present = FindLive(KeyOf(**item), now).item;
  const StoreStatus refusal = Refusal(mode, present, expected_cas);
  if (refusal != StoreStatus::kStored) return {refusal};
  if (Joins(mode)) return StoreJoined(present, **item, mode, now, short_bytes);
  if (!Replace(present, item, 0, now, short_bytes)) return {StoreStatus::kOutOfMemory};
  ++events_.total_items;
  return {StoreStatus::kStored, last_cas_};
}

DeltaResult Shard::Delta(const HashedKey& key, DeltaDirection direction, uint64_t delta,
                         CacheSecond now, size_t* short_bytes) {
  *short_bytes = 0;
  if (KnownAbsent(key.hash)) return {DeltaStatus::kNotFound};
  MutexLock lock(&mutex_);
  Item* const present = FindPassed(key, now).item;
  if (present == nullptr) return {DeltaStatus::kNotFound};
  const std::optional<uint64_t> number = ParseDecimal(present->value());
  if (!number.has_value()) return {DeltaStatus::kNonNumeric};
  const uint64_t result = Changed(*number, direction, delta);
  const DeltaStatus status = StoreNumber(present, DecimalText(result).view(), now, short_bytes);
  if (status != DeltaStatus::kDone) return {status};
  return {DeltaStatus::kDone, result, last_cas_};
}

size_t Shard::FreeBytes(size_t bytes, CacheSecond now) {
  MutexLock lock(&mutex_);
  flush_.Settle(now, last_cas_);
  return DropOldest(bytes, nullptr, now);
}

void Shard::FlushAll(CacheSecond at, CacheSecond now) {
  MutexLock lock(&mutex_);
  flush_.Settle(now, last_cas_);
  flush_.Set(at, now, last_cas_);
}

void Shard::AddStats(CacheStats* stats) const {
  stats->bloom_negatives += filter_negatives_.load(std::memory_order_relaxed);
  MutexLock lock(&mutex_);
  stats->items += table_.size();
  stats->index_slots += table_.bucket_count();
  stats->bloom_capacity += filter_.capacity_keys();
  stats->total_items += events_.total_items;
  stats->evictions += events_.evictions;
  stats->evicted_unfetched += events_.evicted_unfetched;
  stats->expired_unfetched += events_.expired_unfetched;
  stats->reclaimed += events_.reclaimed;
  stats->bloom_false_positives += events_.bloom_false_positives;
  stats->bloom_rebuilds += events_.bloom_rebuilds;
}

bool Shard::KnownAbsent(uint64_t hash) {
  if (filter_.MayContain(hash)) return false;
  filter_negatives_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

Shard::Lookup Shard::FindLive(const HashedKey& key, CacheSecond now) {
  flush_.Settle(now, last_cas_);
  Item* const item = table_.Find(key);
  if (item == nullptr) return {};
  if (!HasEnded(*item, now)) return {LookupStatus::kHit, item};
  const bool flushed = flush_.Ends(item->cas);
  if (!item->fetched) ++events_.expired_unfetched;
  Unlink(item);
  return {flushed ? LookupStatus::kFlushed : LookupStatus::kExpired, nullptr};
}

Shard::Lookup Shard::FindPassed(const HashedKey& key, CacheSecond now) {
  const Lookup found = FindLive(key, now);
  if (found.status == LookupStatus::kMiss) ++events_.bloom_false_positives;
  return found;
}

bool Shard::HasEnded(const Item& item, CacheSecond now) const {
  return flush_.Ends(item.cas) || IsExpired(item.expiry, now);
}

StoreResult Shard::StoreJoined(Item* present, const Item& fragment, StoreMode mode, CacheSecond now,
                               size_t* short_bytes) {
  ItemRef joined;
  const StoreStatus status =
      context_.factory.Create(KeyOf(*present), size_t{present->value_bytes} + fragment.value_bytes,
                              present->client_flags, present->expiry, &joined);
  if (status == StoreStatus::kTooLarge) return {StoreStatus::kNotStored};
  if (status != StoreStatus::kStored) return {status};
  const bool append = mode == StoreMode::kAppend;
  const std::string_view front = append ? present->value() : fragment.value();
  const std::string_view back = append ? fragment.value() : present->value();
  std::memcpy(joined->value_data(), front.data(), front.size());
  std::memcpy(joined->value_data() + front.size(), back.data(), back.size());
  if (!Replace(present, &joined, fragment.GivenBytes(), now, short_bytes)) {
    return {StoreStatus::kOutOfMemory};
  }
  ++events_.total_items;
  return {StoreStatus::kStored, last_cas_};
}

// In place if nobody else sees the value and the digits fit; a new item otherwise. Either way the
// value gets no shorter, so that it does not depend on who else is reading.
DeltaStatus Shard::StoreNumber(Item* present, std::string_view digits, CacheSecond now,
                               size_t* short_bytes) {
  if (present->Unshared() && digits.size() <= present->value_bytes) {
    FillWithNumber(present, digits);
    present->cas = NextCas();
    lru_.MoveToNewest(present);
    return DeltaStatus::kDone;
  }
  const size_t value_bytes = std::max<size_t>(digits.size(), present->value_bytes);
  ItemRef changed = Item::Create(context_.allocator, KeyOf(*present), value_bytes,
                                 present->client_flags, present->expiry);
  if (changed == nullptr) return DeltaStatus::kOutOfMemory;
  changed->fetched = present->fetched;
  FillWithNumber(changed.get(), digits);
  if (!Replace(present, &changed, 0, now, short_bytes)) return DeltaStatus::kOutOfMemory;
  return DeltaStatus::kDone;
}

bool Shard::Replace(Item* present, ItemRef* item, size_t credit_bytes, CacheSecond now,
                    size_t* short_bytes) {
  if (present == nullptr) PrepareTables((*item)->hash);
  if (present != nullptr && present->Unshared()) credit_bytes += present->GivenBytes();
  const size_t needed_bytes = context_.allocator->ShortfallBytes(credit_bytes);
  const size_t freed_bytes = DropOldest(needed_bytes, present, now);
  if (freed_bytes < needed_bytes) {
    *short_bytes = needed_bytes - freed_bytes;
    return false;
  }
  if (present != nullptr) Unlink(present);
  Link(std::move(*item));
  return true;
}

// Whatever the tables take here counts in the shortfall that is made good next.
void Shard::PrepareTables(uint64_t hash) {
  table_.MakeRoomForOne();
  if (filter_.NeedsRebuild() && RebuildFrom(table_, &filter_)) ++events_.bloom_rebuilds;
  filter_.Add(hash);
}

void Shard::Link(ItemRef item) {
  assert(filter_.MayContain(item->hash));
  item->cas = NextCas();
  lru_.PushNewest(item.get());
  table_.Insert(item.release());
}

size_t Shard::Unlink(Item* item) {
  table_.Remove(item);
  lru_.Remove(item);
  const size_t freed_bytes = item->Unshared() ? item->GivenBytes() : 0;
  DropReference()(item);
  return freed_bytes;
}

uint64_t Shard::NextCas() { return last_cas_ += context_.shard_count; }

size_t Shard::DropOldest(size_t bytes, const Item* kept, CacheSecond now) {
  size_t freed_bytes = 0;
  size_t probes_left = context_.evict ? table_.size() : kMaxReclaimProbes;
  for (Item* item = lru_.Oldest(); item != nullptr && freed_bytes < bytes && probes_left > 0;
       --probes_left) {
    Item* const newer = lru_.NewerThan(item);
    const bool ended = HasEnded(*item, now);
    if (item != kept && (ended || context_.evict)) freed_bytes += DropVictim(item, ended);
    item = newer;
  }
  return freed_bytes;
}

size_t Shard::DropVictim(Item* victim, bool ended) {
  if (ended) {
    ++events_.reclaimed;
    if (!victim->fetched) ++events_.expired_unfetched;
  } else {
    ++events_.evictions;
    if (!victim->fetched) ++events_.evicted_unfetched;
  }
  return Unlink(victim);
}

}  // namespace ringcached::storage
