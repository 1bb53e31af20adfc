// Invariants:
// - Every slot lies in its home bucket, or in its alternate and is marked displaced.
// - A bucket's info counts the displaced slots whose home it is, and hints at their tags.

#include "storage/index_table.h"

#include <cassert>
#include <utility>

namespace ringcached::storage {
namespace {

constexpr int kMaxMoves = 2;

}  // namespace

std::unique_ptr<IndexTable> IndexTable::Create(MemoryLedger* ledger, size_t bucket_count,
                                               unsigned range_bits, bool huge_pages) {
  assert(bucket_count >= 2 && bucket_count >= (size_t{1} << range_bits) >> kTagBits);
  // A charge of nothing, so that tests can make it fail.
  if (!ledger->Charge(MemoryPart::kIndex, 0)) return nullptr;
  MappedRange memory = MappedRange::Map(RoundUpToPages(bucket_count * sizeof(Bucket)));
  if (memory.empty()) return nullptr;
  if (huge_pages) memory.PreferHugePages();
  return std::unique_ptr<IndexTable>(
      new IndexTable(ledger, std::move(memory), bucket_count, range_bits));
}

IndexTable::IndexTable(MemoryLedger* ledger, MappedRange memory, size_t bucket_count,
                       unsigned range_bits)
    : ledger_(ledger),
      memory_(std::move(memory)),
      bucket_count_(bucket_count),
      range_bits_(range_bits),
      block_count_(bucket_count < kBlockBuckets ? 1 : bucket_count / kBlockBuckets) {}

IndexTable::~IndexTable() { ledger_->Release(MemoryPart::kIndex, counted_bytes_); }

void IndexTable::CountUpTo(size_t bytes) {
  assert(bytes >= counted_bytes_);
  ledger_->Add(MemoryPart::kIndex, bytes - counted_bytes_);
  counted_bytes_ = bytes;
}

bool IndexTable::Place(Range range, SlotWord word) {
  assert(!IsDisplaced(word) && TagIn(word) == TagOf(range));
  const size_t home = HomeOf(range);
  const size_t alternate = AlternateOf(home, TagOf(range));
  for (const size_t bucket : {home, alternate}) {
    if (bucket != home && !buckets()[home].CanCountDisplaced()) return false;
    if (Slot* const slot = buckets()[bucket].FreeSlot(); slot != nullptr) {
      PutInto(bucket, slot, home, word);
      return true;
    }
  }
  for (int moves = 1; moves <= kMaxMoves; ++moves) {
    for (const size_t bucket : {home, alternate}) {
      if (Slot* const slot = MakeHole(bucket, moves); slot != nullptr) {
        PutInto(bucket, slot, home, word);
        return true;
      }
    }
  }
  return false;
}

void IndexTable::Erase(Range range, Slot* slot) {
  const SlotWord word = slot->load(std::memory_order_relaxed);
  slot->store(0, std::memory_order_release);
  STORAGE_POINT();
  if (IsDisplaced(word)) buckets()[HomeOf(range)].RemoveDisplaced();
}

void IndexTable::DiscardAll() {
  memory_.Discard(0, memory_.bytes());
  ledger_->Release(MemoryPart::kIndex, counted_bytes_);
  counted_bytes_ = 0;
}

void IndexTable::DiscardBlock(size_t block) {
  const size_t begin = BlockBegin(block) * sizeof(Bucket);
  const size_t bytes = (BlockEnd(block) - BlockBegin(block)) * sizeof(Bucket);
  // Cleared first: a reader must not find what has moved on, whatever becomes of the pages. Parts
  // of pages stay, and so does locked memory.
  for (size_t bucket = BlockBegin(block); bucket < BlockEnd(block); ++bucket) {
    for (Slot& slot : buckets()[bucket].slots) slot.store(0, std::memory_order_relaxed);
    buckets()[bucket].info.store(0, std::memory_order_relaxed);
  }
  memory_.Discard(begin, bytes);
  const size_t counted = bytes < counted_bytes_ ? bytes : counted_bytes_;
  counted_bytes_ -= counted;
  ledger_->Release(MemoryPart::kIndex, counted);
}

size_t IndexTable::AlternateOf(size_t home, uint64_t tag) const {
  const size_t block = BlockOfBucket(home);
  const size_t begin = BlockBegin(block);
  const size_t size = BlockEnd(block) - begin;
  const size_t place = home - begin + Distance(tag, size);
  return begin + (place < size ? place : place - size);
}

size_t IndexTable::HomeOfDisplaced(size_t bucket, uint64_t tag) const {
  const size_t block = BlockOfBucket(bucket);
  const size_t begin = BlockBegin(block);
  const size_t size = BlockEnd(block) - begin;
  const size_t place = bucket - begin + size - Distance(tag, size);
  return begin + (place < size ? place : place - size);
}

// Of all ranges with that tag the one whose home the bucket is: the first at or above the home's
// lowest range.
Range IndexTable::RangeAt(size_t bucket, SlotWord word) const {
  const size_t home = IsDisplaced(word) ? HomeOfDisplaced(bucket, TagIn(word)) : bucket;
  const Range lowest = FirstRange(home);
  const Range range = (lowest & ~kTagMask) | TagIn(word);
  return range < lowest ? range + kTagMask + 1 : range;
}

void IndexTable::PutInto(size_t bucket, Slot* slot, size_t home, SlotWord word) {
  const bool displaced = bucket != home;
  if (displaced) buckets()[home].AddDisplaced(TagIn(word));
  STORAGE_POINT();
  slot->store(word | (displaced ? kDisplacedMask : 0), std::memory_order_release);
}

Slot* IndexTable::MakeHole(size_t bucket, int depth) {
  for (Slot& slot : buckets()[bucket].slots) {
    const SlotWord word = slot.load(std::memory_order_relaxed);
    if (!IsDisplaced(word) && !buckets()[bucket].CanCountDisplaced()) continue;
    const size_t other = OtherBucket(bucket, word);
    Slot* const hole = depth > 1 ? MakeHole(other, depth - 1) : buckets()[other].FreeSlot();
    if (hole == nullptr) continue;
    Move(&slot, bucket, hole, other);
    return &slot;
  }
  return nullptr;
}

// First the copy, then the original away, so that it is in one of the two at any time. A reader may
// all the same look into each when the slot is in the other; so the versions rise before the
// original goes.
void IndexTable::Move(Slot* from, size_t from_bucket, Slot* to, size_t to_bucket) {
  const SlotWord word = from->load(std::memory_order_relaxed);
  const SlotWord moved = word ^ kDisplacedMask;
  if (IsDisplaced(moved)) buckets()[from_bucket].AddDisplaced(TagIn(word));
  STORAGE_POINT();
  to->store(moved, std::memory_order_release);
  STORAGE_POINT();
  buckets()[to_bucket].RaiseVersion();
  buckets()[from_bucket].RaiseVersion();
  STORAGE_POINT();
  from->store(0, std::memory_order_release);
  STORAGE_POINT();
  if (IsDisplaced(word)) buckets()[to_bucket].RemoveDisplaced();
}

}  // namespace ringcached::storage
