// How a shard makes room: for what it stores, and for what others do.

#include <algorithm>

#include "storage/shard.h"

namespace ringcached::storage {
namespace {

// Cleaning begins when the open segment has less left than this share, and then looks at so many
// bytes for each byte stored, and at least at so many.
constexpr size_t kCleanAheadDivisor = 16;
constexpr size_t kCleanAheadFactor = 16;
constexpr size_t kMinCleanBytes = 1024;
// Room for a large value is made in steps of so much log.
constexpr size_t kSmallStepBytes = 2048;
// A store cleans that many segments by use before it drops whatever comes, and that many in all
// before it gives up.
constexpr uint64_t kVictimsByUse = 2;
constexpr uint64_t kMaxVictims = 64;
// After so many, of which some were dropped whole, the store takes a segment however much the
// budget is exceeded: it has given up more than that.
constexpr uint64_t kVictimsForSegment = kVictimsByUse + 2;

}  // namespace

bool Shard::GiveUp(size_t bytes, CacheSecond now) {
  MutexLock lock(&mutex_);
  SettleFlush(now);
  const uint64_t cleaned = events_.segments_cleaned;
  const uint64_t dropped = events_.evictions + events_.reclaimed;
  const MemoryLedger& ledger = *context_.ledger;
  const auto done = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const bool has_room = ledger.ShortfallBytes() == 0 && ledger.RoomBytes() >= bytes;
    return has_room || events_.segments_cleaned > cleaned;
  };
  bool moved = false;
  CleanUntil(done, kSmallStepBytes, now, /*may_seal=*/true, &moved);
  PublishAge();
  return events_.segments_cleaned > cleaned || events_.evictions + events_.reclaimed > dropped;
}

bool Shard::MakeRoomFor(LogQueue queue, ItemSpec* spec, size_t credit_bytes, CacheSecond now,
                        bool last_try, bool* moved) {
  CleanAhead(queue, Item::SizeBytes(*spec), now, moved);
  if (spec->large != nullptr) {
    // Room for it is the business of whichever shard has the oldest items, while there is one.
    const auto fits = [&] { return context_.ledger->ShortfallBytes() <= credit_bytes; };
    if (!fits() && !last_try) return false;
    if (!CleanUntil(fits, kSmallStepBytes, now, last_try, moved)) return false;
  }
  return store_.log().Fits(queue, spec) || MakeRoomInLog(queue, spec, now, last_try, moved);
}

bool Shard::MakeRoomInLog(LogQueue queue, ItemSpec* spec, CacheSecond now, bool last_try,
                          bool* moved) {
  // With what has died since the last segment was taken, or the shard would pass for young.
  PublishAge();
  const bool spare_own = !last_try && context_.ages->IsYoung(number_);
  bool take = spare_own || !cleaner_.ShouldCleanFirst();
  const uint64_t cleaned_before = events_.segments_cleaned;
  const auto fits = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if (store_.log().Fits(queue, spec)) return true;
    const bool has_given =
        context_.evict && events_.segments_cleaned - cleaned_before >= kVictimsForSegment;
    Segment* const segment = take ? context_.pool->Take(has_given) : nullptr;
    take = true;
    if (segment != nullptr) store_.log().Open(queue, segment, last_cas_, now);
    return segment != nullptr;
  };
  const bool made =
      spare_own ? fits() : CleanUntil(fits, context_.pool->segment_bytes(), now, last_try, moved);
  // Asked again for the case that cleaning came first and there was nothing to clean.
  if (!made && !fits()) return false;
  PublishAge();
  return store_.log().Fits(queue, spec);
}

void Shard::PublishAge() {
  const Segment* const oldest = store_.log().Oldest();
  context_.ages->Publish(number_, oldest != nullptr ? oldest->sealed_as : ShardAges::kNone,
                         cleaner_.MuchIsDead() ? store_.log().dead_bytes() : 0,
                         store_.log().total_bytes() + store_.large_bytes());
}

// A full cache that drops nothing can still replace: what is replaced will be cleaned up after.
bool Shard::TakeRoomForReplacement(LogQueue queue, ItemSpec* spec, CacheSecond now) {
  if (spec->large != nullptr) return false;
  const size_t segment_bytes = context_.pool->segment_bytes();
  if (context_.ledger->ShortfallBytes() > kToleratedSegments * segment_bytes) return false;
  Segment* const segment = context_.pool->Take(/*beyond_budget=*/true);
  if (segment == nullptr) return false;
  store_.log().Open(queue, segment, last_cas_, now);
  return store_.log().Fits(queue, spec);
}

void Shard::CleanAhead(LogQueue queue, size_t item_bytes, CacheSecond now, bool* moved) {
  if (!context_.evict || context_.grace_period->IsDue()) return;
  const size_t segment_bytes = context_.pool->segment_bytes();
  const Segment* const open = store_.log().open(queue);
  const bool nearly_full =
      open != nullptr && segment_bytes - open->used_bytes < segment_bytes / kCleanAheadDivisor;
  const bool short_of_memory =
      context_.ledger->ShortfallBytes() > kToleratedSegments * segment_bytes;
  // What was begun goes on while memory is short of another segment: the rest of a victim with
  // large values is worth more than that.
  const bool goes_on = cleaner_.under_way() && context_.ledger->RoomBytes() < segment_bytes;
  if (!goes_on && !short_of_memory &&
      !(nearly_full && !context_.pool->CanTake() && !context_.ages->IsYoung(number_))) {
    return;
  }
  const size_t bytes = item_bytes * kCleanAheadFactor + kMinCleanBytes;
  cleaner_.Step({.now = now, .bytes = bytes}, last_cas_);
  *moved = true;
}

bool Shard::CleanUntil(absl::FunctionRef<bool()> done, size_t step_bytes, CacheSecond now,
                       bool may_seal, bool* moved) {
  const uint64_t before = events_.segments_cleaned;
  while (!done()) {
    if (context_.grace_period->IsOverdue()) return false;
    const uint64_t cleaned = events_.segments_cleaned - before;
    if (cleaned >= kMaxVictims) return false;
    const Cleaner::Work work{.now = now,
                             .bytes = step_bytes,
                             .drop_all = cleaned >= kVictimsByUse,
                             .may_seal = may_seal};
    *moved = true;
    if (!cleaner_.Step(work, last_cas_)) return done();
  }
  return true;
}

}  // namespace ringcached::storage
