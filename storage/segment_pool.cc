// Invariants:
// - Segment 0 is never given, so no item has location 0.
// - The ledger counts every segment that is in use or on the free list.
// - Memory is given out in ascending order and stays readable for good, so that the range remains
//   two mappings; what goes back to the system are the pages.

#include "storage/segment_pool.h"

#include <algorithm>
#include <cassert>
#include <new>

#include "storage/epochs.h"

namespace ringcached::storage {
SegmentPool::SegmentPool(MemoryLedger* ledger, size_t segment_bytes, bool huge_pages)
    : ledger_(ledger),
      segment_bytes_(segment_bytes),
      segment_shift_(static_cast<unsigned>(std::countr_zero(segment_bytes))),
      huge_pages_(huge_pages) {
  assert(segment_bytes <= kHugePageBytes);
  assert(std::has_single_bit(segment_bytes) && RoundUpToPages(segment_bytes) == segment_bytes);
}

SegmentPool::~SegmentPool() {
  ledger_->SubtractRetired(retired_.size() * segment_bytes_);
  ledger_->SubtractFree(free_count_ * segment_bytes_);
  ledger_->Release(MemoryPart::kSegments, ledger_->bytes(MemoryPart::kSegments));
}

bool SegmentPool::Init(size_t max_bytes) {
  // Room beyond the largest budget for the segments that cleaning takes before it gives some back.
  end_ = max_bytes / segment_bytes_ + max_bytes / segment_bytes_ / 8 + 16;
  assert(end_ * segment_bytes_ <= kMaxRangeBytes);
  range_ = MappedRange::Reserve(end_ * segment_bytes_);
  descriptions_ = MappedRange::Map(end_ * sizeof(Segment));
  if (range_.empty() || descriptions_.empty()) return false;
  if (huge_pages_) range_.PreferHugePages();
  return true;
}

Segment* SegmentPool::Take(bool beyond_budget) {
  MutexLock lock(&mutex_);
  if (free_ == nullptr || ledger_->MuchIsRetired()) CollectLocked();
  if (!beyond_budget && !ledger_->HasRoomWithoutFree(segment_bytes_)) return nullptr;
  GiveBackFree(0);
  Segment* segment = PopFree();
  if (segment == nullptr) segment = PopCold();
  if (segment == nullptr) return nullptr;
  const uint32_t number = segment->number;
  segment = new (segment) Segment;
  segment->number = number;
  segment->pool = this;
  segment->holds.store(1, std::memory_order_relaxed);
  taken_.fetch_add(1, std::memory_order_relaxed);
  return segment;
}

void SegmentPool::Drop(Segment* segment) {
  assert(segment->holds.load(std::memory_order_relaxed) > 0);
  if (segment->holds.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  MutexLock lock(&mutex_);
  PutFree(segment);
  GiveBackFree(0);
}

void SegmentPool::Retire(Segment* segment) {
  MutexLock lock(&mutex_);
  segment->retired_under = Epochs::OfProcess().NextEpoch();
  retired_.PushNewest(segment);
  ledger_->AddRetired(segment_bytes_);
  if (ledger_->MuchIsRetired()) CollectLocked();
}

void SegmentPool::Collect() {
  MutexLock lock(&mutex_);
  CollectLocked();
}

void SegmentPool::CollectLocked() {
  if (retired_.oldest() == nullptr) return;
  const Epoch seen = Epochs::OfProcess().SeenByAll(retired_.newest()->retired_under);
  while (Segment* const segment = retired_.oldest()) {
    if (segment->retired_under > seen) break;
    retired_.Remove(segment);
    ledger_->SubtractRetired(segment_bytes_);
    if (segment->holds.fetch_sub(1, std::memory_order_acq_rel) == 1) PutFree(segment);
  }
  GiveBackFree(0);
}

void SegmentPool::PutFree(Segment* segment) {
  segment->older = free_;
  free_ = segment;
  ++free_count_;
  ledger_->AddFree(segment_bytes_);
}

void SegmentPool::Trim(size_t room_bytes) {
  MutexLock lock(&mutex_);
  CollectLocked();
  GiveBackFree(room_bytes);
}

bool SegmentPool::CanTake() {
  MutexLock lock(&mutex_);
  if (ledger_->MuchIsRetired()) CollectLocked();
  return (free_ != nullptr || HasCold()) && ledger_->HasRoomWithoutFree(segment_bytes_);
}

size_t SegmentPool::free_segments() const {
  MutexLock lock(&mutex_);
  return free_count_;
}

Segment* SegmentPool::PopFree() {
  Segment* const segment = free_;
  if (segment == nullptr) return nullptr;
  free_ = segment->older;
  --free_count_;
  ledger_->SubtractFree(segment_bytes_);
  return segment;
}

bool SegmentPool::HasCold() const { return cold_ != nullptr || next_fresh_ < end_; }

Segment* SegmentPool::PopCold() {
  if (!HasCold() || !ledger_->Charge(MemoryPart::kSegments, segment_bytes_)) return nullptr;
  if (cold_ != nullptr) {
    Segment* const segment = cold_;
    cold_ = segment->older;
    return segment;
  }
  if (!CommitFresh()) {
    ledger_->Release(MemoryPart::kSegments, segment_bytes_);
    return nullptr;
  }
  Segment* const segment = new (segments() + next_fresh_) Segment;
  segment->number = static_cast<uint32_t>(next_fresh_++);
  return segment;
}

// The next fresh segment; with huge pages all those of its page, since the system gives one only
// for what may be touched as a whole.
bool SegmentPool::CommitFresh() {
  if (next_fresh_ < committed_) return true;
  const size_t step = huge_pages_ ? kHugePageBytes / segment_bytes_ : 1;
  const size_t begin = next_fresh_ / step * step;
  const size_t end = std::min(begin + step, end_);
  if (!range_.Commit(begin * segment_bytes_, (end - begin) * segment_bytes_)) return false;
  committed_ = end;
  return true;
}

// Of what is within the reserve, giving back would win nothing.
void SegmentPool::GiveBackFree(size_t room_bytes) {
  while (free_ != nullptr && !ledger_->HasRoom(room_bytes) && ledger_->ExceedsReserve()) {
    Segment* const segment = PopFree();
    range_.Discard(size_t{segment->number} * segment_bytes_, segment_bytes_);
    ledger_->Release(MemoryPart::kSegments, segment_bytes_);
    segment->older = cold_;
    cold_ = segment;
  }
}

}  // namespace ringcached::storage
