#include "storage/segment_log.h"

#include <cstring>

#include "storage/memory_ledger.h"

namespace ringcached::storage {
namespace {

constexpr size_t kWordAlignBytes = 8;
// Lines asked for behind what was appended, and how far behind: an item of some hundred bytes, two
// such items ahead.
constexpr size_t kPrefetchedLines = 3;
constexpr size_t kPrefetchedAheadBytes = 256;

// Nobody has touched a segment's memory since it was last full, so an append would wait for each
// line of it. Behind the segment's end it is a hint in vain.
void PrefetchForWriting(const char* end) {
  for (size_t line = 0; line < kPrefetchedLines; ++line) {
    __builtin_prefetch(end + kPrefetchedAheadBytes + line * kCacheLineBytes, /*rw=*/1);
  }
}

}  // namespace

bool SegmentLog::Fits(LogQueue queue, ItemSpec* spec) const {
  const Segment* const segment = open_[queue];
  if (segment == nullptr) return false;
  Item::FitCas(numbering_, segment->cas_base, spec);
  return AlignedOffset(*segment, *spec) + Item::SizeBytes(*spec) <= pool_->segment_bytes();
}

Item* SegmentLog::Append(LogQueue queue, const ItemSpec& spec) {
  Segment* const segment = open_[queue];
  char* const begin = pool_->BytesOf(segment);
  const size_t offset = AlignedOffset(*segment, spec);
  const size_t item_bytes = Item::SizeBytes(spec);
  assert(offset + item_bytes <= pool_->segment_bytes());
  std::memset(begin + segment->used_bytes, 0, offset - segment->used_bytes);
  Item* const item = Item::Write(begin + offset, spec);
  segment->gap_bytes += static_cast<uint32_t>(offset - segment->used_bytes);
  segment->used_bytes = static_cast<uint32_t>(offset + item_bytes);
  segment->AddItem(item_bytes, spec.large != nullptr, spec.expiry);
  live_bytes_ += item_bytes;
  PrefetchForWriting(begin + segment->used_bytes);
  return item;
}

void SegmentLog::Open(LogQueue queue, Segment* segment, uint64_t cas_counter, CacheSecond now) {
  Seal(queue);
  segment->queue = queue;
  segment->cas_base = cas_counter;
  segment->opened_at = now;
  open_[queue] = segment;
  ++segment_count_;
}

void SegmentLog::Seal(LogQueue queue) {
  Segment* const segment = open_[queue];
  if (segment == nullptr) return;
  open_[queue] = nullptr;
  segment->sealed_as = pool_->taken();
  sealed_[queue].PushNewest(segment);
  sealed_item_bytes_ += segment->item_bytes();
  sealed_live_bytes_ += segment->live_bytes;
  // All that was in it died while it was open, and nobody will come across it any more.
  if (segment->live_items == 0) Retire(segment);
}

Segment* SegmentLog::NoteDead(const Item& item) {
  Segment* const segment = pool_->SegmentOf(&item);
  const size_t item_bytes = item.size_bytes();
  segment->DropItem(item_bytes, item.large());
  live_bytes_ -= item_bytes;
  if (!is_open(segment)) sealed_live_bytes_ -= item_bytes;
  return segment;
}

void SegmentLog::Retire(Segment* segment) {
  if (is_open(segment)) {
    open_[segment->queue] = nullptr;
  } else {
    sealed_[segment->queue].Remove(segment);
    sealed_item_bytes_ -= segment->item_bytes();
    sealed_live_bytes_ -= segment->live_bytes;
  }
  live_bytes_ -= segment->live_bytes;
  --segment_count_;
  pool_->Retire(segment);
}

void SegmentLog::RetireAll() {
  for (const LogQueue queue : {kLongLivedQueue, kShortLivedQueue}) {
    Seal(queue);
    while (Segment* const segment = sealed_[queue].oldest()) Retire(segment);
  }
}

Segment* SegmentLog::Oldest() const {
  Segment* const first = sealed_[0].oldest();
  Segment* const second = sealed_[1].oldest();
  if (first == nullptr || second == nullptr) return first == nullptr ? second : first;
  return first->sealed_as < second->sealed_as ? first : second;
}

CacheSecond SegmentLog::OldestSecond() const {
  const Segment* const sealed = Oldest();
  CacheSecond oldest = sealed != nullptr ? sealed->opened_at : 0;
  for (const Segment* const open : open_) {
    if (open != nullptr && (oldest == 0 || open->opened_at < oldest)) oldest = open->opened_at;
  }
  return oldest;
}

size_t SegmentLog::AlignedOffset(const Segment& segment, const ItemSpec& spec) const {
  const size_t offset = segment.used_bytes;
  if (!Item::NeedsAlign8(spec)) return offset;
  return (offset + kWordAlignBytes - 1) & ~(kWordAlignBytes - 1);
}

}  // namespace ringcached::storage
