#include "storage/cleaner.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

#include "storage/key.h"

namespace ringcached::storage {
namespace {

// Of the shard's sealed segments: more dead than that, and nothing live is dropped; more than the
// second, and no fresh segment is taken.
constexpr size_t kMuchDeadPercent = 10;
constexpr size_t kCleanFirstPercent = 25;
// A segment with less dead than this share is not worth cleaning for that; if nothing else may be
// given up, than the second.
constexpr size_t kWorthCleaningDivisor = 16;
constexpr size_t kLeastCleaningDivisor = 256;
// A sweep is due when a hundredth of the segment may have expired since the last.
constexpr size_t kSweepDivisor = 100;
// Segments looked at for a victim, from the oldest on, and swept for one.
constexpr size_t kMaxScanned = 1024;
constexpr int kMaxSweeps = 16;

constexpr LogQueue kQueues[] = {kLongLivedQueue, kShortLivedQueue};

// Calls `visit(Segment*)` for sealed segments until it returns false.
template <typename Visit>
void ForEachSealed(const SegmentLog& log, Visit visit) {
  for (const LogQueue queue : kQueues) {
    size_t left = kMaxScanned;
    Segment* newer = nullptr;
    for (Segment* segment = log.sealed(queue).oldest(); segment != nullptr && left-- > 0;
         segment = newer) {
      newer = segment->newer;
      if (!visit(segment)) return;
    }
  }
}

// When more than a sweep's share of a segment will have expired: bytes by the time that is left,
// in bins that double, and the first expiry in each.
class ExpirySchedule {
 public:
  void Add(CacheSecond expiry, size_t bytes, CacheSecond now) {
    const auto bin = static_cast<size_t>(std::bit_width(expiry - now));
    bytes_[bin] += bytes;
    first_[bin] = std::min(first_[bin], expiry);
  }
  CacheSecond DueAt(size_t let_pass_bytes) const {
    size_t bytes = 0;
    for (size_t bin = 0; bin < bytes_.size(); ++bin) {
      bytes += bytes_[bin];
      if (bytes > let_pass_bytes) return first_[bin];
    }
    return kHoldsForever;
  }

  ExpirySchedule() { first_.fill(kHoldsForever); }

 private:
  std::array<size_t, 33> bytes_ = {};
  std::array<CacheSecond, 33> first_;
};

}  // namespace

bool Cleaner::Step(const Work& work, uint64_t last_cas) {
  if (victim_ == nullptr && !ChooseVictim(work)) return false;
  if (work.drop_all && mode_ == Mode::kKeepUsed) mode_ = Mode::kDropAll;
  const size_t stop = cursor_ + std::min(work.bytes, victim_->used_bytes - cursor_);
  const size_t large_bytes = store_.large_bytes();
  std::array<Candidate, kBatchItems> batch;
  do {
    const size_t count = GatherBatch(batch.data());
    for (size_t i = 0; i < count; ++i) {
      if (CleanItem(batch[i], work.now, last_cas)) continue;
      Release();
      return false;
    }
    // Large values count as what they hold, lest a step drops more of them than anybody needs.
  } while (cursor_ < stop && large_bytes - store_.large_bytes() < work.bytes);
  if (cursor_ < victim_->used_bytes) return true;
  ++events_.segments_cleaned;
  Segment* const cleaned = victim_;
  Release();
  store_.log().Retire(cleaned);
  return true;
}

bool Cleaner::ShouldCleanFirst() const {
  const SegmentLog& log = store_.log();
  return log.dead_bytes() * 100 > log.sealed_bytes() * kCleanFirstPercent;
}

bool Cleaner::ChooseVictim(const Work& work) {
  mode_ = Mode::kKeepLive;
  victim_ = WhollyExpired(work.now);
  if (victim_ == nullptr && !MuchIsDead()) SweepDue(work.now);
  if (victim_ == nullptr && (MuchIsDead() || !options_.evict)) victim_ = MostDead();
  if (victim_ == nullptr && options_.evict) {
    if (work.may_seal && store_.log().sealed_count() == 0) SealForEviction();
    mode_ = Mode::kKeepUsed;
    victim_ = eviction_.ChooseVictim(store_.log(), store_.directory());
  }
  if (victim_ == nullptr) return false;
  store_.set_guarded(victim_);
  cursor_ = 0;
  return true;
}

Segment* Cleaner::WhollyExpired(CacheSecond now) const {
  Segment* expired = nullptr;
  ForEachSealed(store_.log(), [&](Segment* segment) {
    if (segment->latest_expiry <= now) expired = segment;
    return expired == nullptr;
  });
  return expired;
}

Segment* Cleaner::MostDead() const {
  Segment* most = nullptr;
  ForEachSealed(store_.log(), [&](Segment* segment) {
    if (most == nullptr || segment->dead_bytes() > most->dead_bytes()) most = segment;
    return true;
  });
  if (most == nullptr) return nullptr;
  const size_t divisor = options_.evict ? kWorthCleaningDivisor : kLeastCleaningDivisor;
  return most->dead_bytes() * divisor >= store_.pool().segment_bytes() ? most : nullptr;
}

bool Cleaner::MuchIsDead() const {
  const SegmentLog& log = store_.log();
  return log.dead_bytes() * 100 > log.sealed_bytes() * kMuchDeadPercent;
}

void Cleaner::SweepDue(CacheSecond now) {
  int sweeps = 0;
  ForEachSealed(store_.log(), [&](Segment* segment) {
    if (segment->sweep_at <= now) {
      Sweep(segment, now);
      ++sweeps;
    }
    return sweeps < kMaxSweeps && !MuchIsDead();
  });
}

void Cleaner::Sweep(Segment* segment, CacheSecond now) {
  ExpirySchedule schedule;
  store_.set_guarded(segment);
  store_.log().Walk(*segment, 0, [&](Item* item) {
    const CacheSecond expiry = item->expiry();
    if (expiry == kNeverExpires) return true;
    if (!IsExpired(expiry, now)) {
      schedule.Add(expiry, item->size_bytes(), now);
      return true;
    }
    const Range range = RangeOf(*item);
    const ItemStore::Found found = store_.FindAt(range, item);
    if (found.item != nullptr) DropExpired(range, found);
    return true;
  });
  store_.set_guarded(nullptr);
  segment->sweep_at = schedule.DueAt(store_.pool().segment_bytes() / kSweepDivisor);
  if (segment->live_items == 0) store_.log().Retire(segment);
}

void Cleaner::SealForEviction() {
  for (const LogQueue queue : kQueues) {
    const Segment* const open = store_.log().open(queue);
    if (open != nullptr && open->live_items > 0) store_.log().Seal(queue);
  }
}

// The next items, up to one with a large value, with what is needed of the index on its way to the
// processor's cache.
size_t Cleaner::GatherBatch(Candidate* batch) {
  size_t count = 0;
  bool full = false;
  cursor_ = store_.log().Walk(*victim_, cursor_, [&](Item* item) {
    if (full) return false;
    full = count + 1 == kBatchItems || item->large();
    const Range range = RangeOf(*item);
    store_.directory().Prefetch(range, false);
    batch[count++] = {item, range};
    return true;
  });
  return count;
}

// False if it should be kept and there is no memory for that.
bool Cleaner::CleanItem(const Candidate& candidate, CacheSecond now, uint64_t last_cas) {
  const ItemStore::Found found = store_.FindAt(candidate.range, candidate.item);
  if (found.item == nullptr) return true;
  if (IsExpired(found.item->expiry(), now)) {
    DropExpired(candidate.range, found);
    return true;
  }
  const bool keep = mode_ == Mode::kKeepLive ||
                    (mode_ == Mode::kKeepUsed && eviction_.Keeps(StampIn(found.word), *victim_));
  if (keep && Keep(found, now, last_cas)) return true;
  if (keep && !options_.evict) return false;
  DropLive(candidate.range, found, now);
  return true;
}

bool Cleaner::Keep(const ItemStore::Found& found, CacheSecond now, uint64_t last_cas) {
  const bool evicting = mode_ == Mode::kKeepUsed;
  const Stamp stamp = StampIn(found.word);
  const LogQueue queue =
      evicting ? eviction_.KeptQueue(*victim_) : static_cast<LogQueue>(victim_->queue);
  ItemSpec spec = SpecOf(*found.item, store_.CasOf(*found.item));
  if (!store_.log().Fits(queue, &spec)) {
    // Beyond the budget, for the victim is about to be given back.
    Segment* const segment = store_.pool().Take(/*beyond_budget=*/true);
    if (segment == nullptr) return false;
    store_.log().Open(queue, segment, last_cas, now);
    if (!store_.log().Fits(queue, &spec)) return false;
  }
  store_.Move(found, queue, spec, evicting ? eviction_.KeptStamp(stamp, *victim_) : stamp);
  events_.bytes_moved += Item::SizeBytes(spec);
  if (evicting) eviction_.NoteKept(Item::SizeBytes(spec));
  return true;
}

void Cleaner::DropExpired(Range range, const ItemStore::Found& found) {
  ++events_.reclaimed;
  if (!found.item->fetched()) ++events_.expired_unfetched;
  store_.Remove(range, found);
}

void Cleaner::DropLive(Range range, const ItemStore::Found& found, CacheSecond now) {
  ++events_.evictions;
  if (!found.item->fetched()) ++events_.evicted_unfetched;
  if (found.item->expiry() != kNeverExpires) ++events_.evicted_ending;
  const CacheSecond used = eviction_.LastUse(StampIn(found.word), victim_->opened_at);
  events_.evicted_age_seconds = now - std::min(now, used);
  events_.evicted_ages.Add(events_.evicted_age_seconds);
  if (options_.observer != nullptr && options_.observer->Wants()) TellOfEviction(*found.item, used);
  eviction_.NoteEvicted(store_.directory().FilterKey(range), *victim_, store_.directory().size());
  store_.Remove(range, found);
}

void Cleaner::TellOfEviction(const Item& item, CacheSecond used) {
  ItemView view;
  view.key = item.key();
  view.client_flags = item.client_flags();
  view.expiry_before = item.expiry();
  view.last_access = used;
  view.item_bytes = item.size_bytes() + (item.large() ? item.large_value()->given_bytes() : 0);
  view.fetched = item.fetched();
  options_.observer->OnEvicted(view);
}

void Cleaner::Release() {
  store_.set_guarded(nullptr);
  victim_ = nullptr;
}

Range Cleaner::RangeOf(const Item& item) const {
  return store_.directory().RangeOf(HashKey(options_.hash_seed, item.key()));
}

}  // namespace ringcached::storage
