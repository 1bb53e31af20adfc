#include "storage/eviction.h"

#include <algorithm>
#include <array>

namespace ringcached::storage {
namespace {

// Ticks while the shard's memory is stored over once.
constexpr size_t kTicksPerTurnover = 64;
// A tick that is due by time is as long as that share of the time since the first, so that a
// turnover, however slow, has at most as many of those again.
constexpr CacheSecond kTicksPerUptime = 64;
// Ages are held at this: a turnover and more, by both. Every tick has so much of the index to cap
// that it is gone round in less than the ticks that are left before an age runs over. Each store
// does a little of it, and no tick begins by time before it is done; one that begins by bytes does
// not wait, so that after stores much larger than what lies there an old item may look young.
constexpr uint8_t kMaxAge = 160;
constexpr size_t kTicksPerCapping = 64;
constexpr size_t kCappedBucketsPerCall = 8;
// Buckets sampled for the cutoff.
constexpr int kSampledBuckets = 32;
// Percent of the items that are older than the cutoff: with all the credit, and with none.
constexpr int64_t kLeastDroppedPercent = 25;
constexpr int64_t kMostDroppedPercent = 50;
// The most credit.
constexpr size_t kCreditSegments = 8;
// The small queue's share of the shard.
constexpr size_t kSmallQueuePercent = 10;
// Expiries nearer than this go to segments of their own, so that what ends together lies together.
constexpr CacheSecond kShortLivedSeconds = 30 * 60;

}  // namespace

Eviction::Eviction(EvictionPolicy policy, MemoryLedger* ledger, size_t segment_bytes)
    : policy_(policy),
      most_credit_bytes_(static_cast<int64_t>(kCreditSegments * segment_bytes)),
      credit_bytes_(most_credit_bytes_),
      ghost_(ledger) {}

LogQueue Eviction::QueueFor(uint64_t filter_key, CacheSecond expiry, CacheSecond now) const {
  if (policy_ == EvictionPolicy::kS3Fifo)
    return ghost_.Remembers(filter_key) ? kMainQueue : kSmallQueue;
  const bool short_lived = expiry != kNeverExpires && expiry < now + kShortLivedSeconds;
  return short_lived ? kShortLivedQueue : kLongLivedQueue;
}

void Eviction::NoteStored(size_t bytes, size_t shard_bytes, CacheSecond now, Directory* directory) {
  NoteTime(now, directory);
  CapAges(kCappedBucketsPerCall, directory);
  credit_bytes_ = std::min(credit_bytes_ + static_cast<int64_t>(bytes), most_credit_bytes_);
  stored_in_tick_ += bytes;
  if (stored_in_tick_ * kTicksPerTurnover < shard_bytes) return;
  BeginTick(now, *directory);
}

void Eviction::TickByTime(CacheSecond now, Directory* directory) {
  if (first_tick_at_ == 0) {
    first_tick_at_ = now;
    tick_began_[tick()].store(now, std::memory_order_relaxed);
    next_tick_at_.store(now + 1, std::memory_order_relaxed);
  } else if (buckets_to_cap_ > 0) {
    CapAges(kCappedBucketsPerCall, directory);
  } else {
    BeginTick(now, *directory);
  }
}

void Eviction::BeginTick(CacheSecond now, const Directory& directory) {
  stored_in_tick_ = 0;
  const auto next = static_cast<Stamp>(tick() + 1);
  tick_began_[next].store(now, std::memory_order_relaxed);
  tick_.store(next, std::memory_order_release);
  next_tick_at_.store(now + 1 + (now - std::min(now, first_tick_at_)) / kTicksPerUptime,
                      std::memory_order_relaxed);
  if (policy_ != EvictionPolicy::kLru) return;
  buckets_to_cap_ += directory.slot_count() / kSlotsPerBucket / kTicksPerCapping + 1;
}

void Eviction::CapAges(size_t buckets, Directory* directory) {
  for (size_t left = std::min(buckets, buckets_to_cap_); left > 0; --left, --buckets_to_cap_) {
    directory->VisitNextBucket([this](Slot* slot) {
      const SlotWord word = slot->load(std::memory_order_relaxed);
      if (Age(StampIn(word)) > kMaxAge) Restamp(slot, word, static_cast<Stamp>(tick() - kMaxAge));
    });
  }
}

Segment* Eviction::ChooseVictim(const SegmentLog& log, const Directory& directory) {
  SetThresholds(directory);
  if (policy_ == EvictionPolicy::kLru) return log.Oldest();
  Segment* const small = log.sealed(kSmallQueue).oldest();
  Segment* const main = log.sealed(kMainQueue).oldest();
  const bool small_is_large =
      log.queue_bytes(kSmallQueue) * 100 > log.total_bytes() * kSmallQueuePercent;
  if (small != nullptr && (small_is_large || main == nullptr)) return small;
  return main;
}

void Eviction::NoteEvicted(uint64_t filter_key, const Segment& victim, size_t items) {
  if (policy_ == EvictionPolicy::kS3Fifo && victim.queue == kSmallQueue) {
    ghost_.Remember(filter_key, items);
  }
}

void Eviction::SetThresholds(const Directory& directory) {
  const int64_t credit_bytes = std::max<int64_t>(credit_bytes_, 0);
  if (policy_ == EvictionPolicy::kLru) {
    const int64_t spread = kMostDroppedPercent - kLeastDroppedPercent;
    const int64_t dropped = kMostDroppedPercent - spread * credit_bytes / most_credit_bytes_;
    cutoff_age_ = AgeAtQuantile(directory, static_cast<size_t>(dropped));
    return;
  }
  const int64_t tenths = credit_bytes * 10 / most_credit_bytes_;
  uses_to_promote_ = tenths < 9 ? 3 : 2;
  uses_to_stay_ = tenths < 5 ? 3 : (tenths < 8 ? 2 : 1);
}

unsigned Eviction::AgeAtQuantile(const Directory& directory, size_t older_percent) {
  std::array<uint16_t, 256> ages = {};
  size_t sampled = 0;
  for (int i = 0; i < kSampledBuckets; ++i) {
    directory.Sample(Random(), [&](SlotWord word) {
      ++ages[Age(StampIn(word))];
      ++sampled;
    });
  }
  if (sampled == 0) return kMaxAge;
  size_t older = 0;
  unsigned age = 255;
  while (age > 0 && (older += ages[age]) * 100 < sampled * older_percent) --age;
  return age;
}

uint64_t Eviction::Random() {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return random_;
}

}  // namespace ringcached::storage
