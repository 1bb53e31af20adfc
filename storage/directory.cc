// Invariants:
// - A key's slot is in the present table, or in the next one if its block has moved there.
// - A table that readers may know loses slots that others do not have too only behind a change
// noted.
// - The filter was given every key that has a slot, before it had one. A rebuild visits every block
//   and writes add to both tables, so it misses none.
//
// Why a reader without the lock is never wrong. It reads changes, present table, next table, looks
// into both, and reads changes again.
// - What it finds was led to when it read the slot: slots are emptied, blocks given back and tables
//   left only after what takes their place can be read, all under one hold of the lock.
// - What it does not find in the present table has either never been there, or went from one bucket
//   to the other (then the home's version has risen), or its block was given back. Its slots are
//   cleared, and its pages taken away, behind a fence that the noting of a change ends with: a
//   reader that met them empty sees the change in its second read, or saw it in its first; then it
//   has read the next table after that, which had the slots by then.
// - If it read a table that was no longer the present one, or missed the next one because that had
//   become the present one, a change was noted in between: the present table is written before the
//   change, the next one is taken away after it, and the reader reads all three in that order.

#include "storage/directory.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

namespace ringcached::storage {
namespace {

// A pass does a block with every so many writes.
constexpr uint32_t kWritesPerBlock = 16;

// Items per hundred slots: more than the first, and the index grows by one size; fewer than the
// second, and it shrinks to where they are at most the third.
constexpr size_t kGrowPercent = 90;
constexpr size_t kShrinkPercent = 50;
constexpr size_t kShrunkPercent = 80;
constexpr size_t kQuarters = 4;

// Growth that found no memory is tried again when a 16th more items are there.
constexpr size_t kRetryDivisor = 16;

size_t ItemsAt(size_t percent, size_t bucket_count) {
  return bucket_count * kSlotsPerBucket * percent / 100;
}

// For a full index the designed 12 bits a key.
size_t FilterLines(size_t bucket_count) {
  return ItemsAt(kGrowPercent, bucket_count) / BloomTable::kKeysPerLine + 1;
}

}  // namespace

Directory::Directory(MemoryLedger* ledger, const Options& options)
    : ledger_(ledger),
      options_(options),
      range_bits_(static_cast<unsigned>(std::countr_zero(options.min_buckets)) + kTagBits),
      filter_(ledger) {
  assert(std::has_single_bit(options.min_buckets) && options.min_buckets >= kQuarters);
  assert(range_bits_ + options.shard_bits <= 64);
}

bool Directory::Init() {
  auto table = TableOfSize(options_.min_buckets);
  if (table == nullptr) return false;
  table->CountAll();
  SetTable(std::move(table));
  return !options_.filter || filter_.Init(FilterLines(options_.min_buckets));
}

bool Directory::Insert(Range range, Stamp stamp, Location location) {
  if (options_.filter) filter_.Add(FilterKey(range));
  if (!Place(range, MakeSlot(TagOf(range), stamp, location))) return false;
  ++size_;
  return true;
}

bool Directory::Clear() {
  auto table = TableOfSize(options_.min_buckets);
  if (table == nullptr) return false;
  if (filter_.rebuilding()) filter_.AbandonRebuild();
  if (options_.filter && !filter_.BeginRebuild(FilterLines(options_.min_buckets))) {
    retired_.push_back(std::move(table));
    return false;
  }
  table->CountAll();
  SetTable(std::move(table));
  if (next_table_ != nullptr) Retire(std::move(next_table_));
  if (options_.filter) filter_.FinishRebuild();
  size_ = 0;
  retry_growth_at_ = 0;
  return true;
}

void Directory::Maintain() {
  if (pass_under_way()) {
    if (writes_until_step_-- == 0) Advance();
    return;
  }
  const size_t wanted = WantedSize();
  if (wanted != table_->bucket_count()) {
    BeginResize(wanted);
  } else if (options_.filter && filter_.NeedsRebuild()) {
    BeginRebuild();
  }
}

// An empty one; null if there is no memory.
std::unique_ptr<IndexTable> Directory::TableOfSize(size_t bucket_count) {
  for (auto& table : retired_) {
    if (table->bucket_count() != bucket_count) continue;
    std::swap(table, retired_.back());
    std::unique_ptr<IndexTable> reused = std::move(retired_.back());
    retired_.pop_back();
    return reused;
  }
  return IndexTable::Create(ledger_, bucket_count, range_bits_, options_.huge_pages);
}

void Directory::SetTable(std::unique_ptr<IndexTable> table) {
  STORAGE_POINT();
  read_.table.store(table.get(), std::memory_order_release);
  STORAGE_POINT();
  NoteChange();
  STORAGE_POINT();
  read_.next.store(nullptr, std::memory_order_release);
  STORAGE_POINT();
  if (table_ != nullptr) Retire(std::move(table_));
  table_ = std::move(table);
}

void Directory::Retire(std::unique_ptr<IndexTable> table) {
  table->DiscardAll();
  retired_.push_back(std::move(table));
}

// A block that is full before the whole table is moves ahead of its turn.
bool Directory::Place(Range range, SlotWord word) {
  if (TableOf(range)->Place(range, word)) return true;
  if (next_table_ == nullptr) {
    if (filter_.rebuilding()) filter_.AbandonRebuild();
    if (!BeginResize(LargerSize(table_->bucket_count()))) return false;
    // The filter was given this key before there was a next one.
    if (filter_.rebuilding()) filter_.AddLiving(FilterKey(range));
  }
  const size_t block = table_->BlockOf(range);
  if (moved_[block] != 0) return false;
  MoveBlock(block);
  return TableOf(range)->Place(range, word);
}

size_t Directory::LargerSize(size_t bucket_count) const {
  return bucket_count + std::bit_floor(bucket_count) / kQuarters;
}

size_t Directory::SizeFor(size_t items) const {
  size_t bucket_count = options_.min_buckets;
  while (items > ItemsAt(kShrunkPercent, bucket_count)) bucket_count = LargerSize(bucket_count);
  return bucket_count;
}

size_t Directory::WantedSize() const {
  const size_t present = table_->bucket_count();
  if (size_ > ItemsAt(kGrowPercent, present)) {
    return size_ >= retry_growth_at_ ? LargerSize(present) : present;
  }
  if (size_ >= ItemsAt(kShrinkPercent, present)) return present;
  // With room for what may come during the pass: where much is dropped at once, the next table is a
  // small part of this one, and a pass over this one lasts for as many writes as that has slots.
  return std::min(SizeFor(size_ + table_->block_count() * kWritesPerBlock), present);
}

bool Directory::BeginResize(size_t bucket_count) {
  const size_t present = table_->bucket_count();
  const size_t more_bytes = bucket_count > present ? (bucket_count - present) * sizeof(Bucket) : 0;
  const bool allowed = options_.beyond_budget || ledger_->RoomBytes() >= more_bytes;
  auto table = allowed ? TableOfSize(bucket_count) : nullptr;
  if (table == nullptr) {
    retry_growth_at_ = size_ + size_ / kRetryDivisor;
    return false;
  }
  // Without memory for a filter of its size the present one goes on.
  if (options_.filter) filter_.BeginRebuild(FilterLines(bucket_count));
  read_.next.store(table.get(), std::memory_order_release);
  STORAGE_POINT();
  next_table_ = std::move(table);
  moved_.assign(table_->block_count(), 0);
  moved_count_ = 0;
  cursor_ = 0;
  writes_until_step_ = 0;
  retry_growth_at_ = 0;
  return true;
}

void Directory::MoveBlock(size_t block) {
  assert(moved_[block] == 0);
  table_->ForEachInBlock(block, [this](Range range, SlotWord word) {
    if (filter_.rebuilding()) filter_.AddLiving(FilterKey(range));
    // A larger table, or one that will be four fifths full, has room: the hash's secret seed keeps
    // clients from filling one place. Should it fail, the item is as good as evicted.
    if (!next_table_->Place(range, word)) --size_;
    STORAGE_POINT();
  });
  NoteChange();
  STORAGE_POINT();
  moved_[block] = 1;
  ++moved_count_;
  table_->DiscardBlock(block);
  next_table_->CountUpTo(next_table_->bytes() / table_->block_count() * moved_count_);
}

void Directory::FinishResize() {
  next_table_->CountAll();
  SetTable(std::move(next_table_));
  moved_.clear();
  if (filter_.rebuilding()) filter_.FinishRebuild();
}

void Directory::BeginRebuild() {
  cursor_ = 0;
  writes_until_step_ = 0;
  if (!filter_.BeginRebuild(FilterLines(table_->bucket_count()))) filter_.PostponeRebuild();
}

void Directory::Advance() {
  writes_until_step_ = kWritesPerBlock - 1;
  if (cursor_ < table_->block_count()) {
    if (next_table_ == nullptr) {
      table_->ForEachInBlock(
          cursor_, [this](Range range, SlotWord) { filter_.AddLiving(FilterKey(range)); });
    } else if (moved_[cursor_] == 0) {
      MoveBlock(cursor_);
    }
    ++cursor_;
  }
  if (cursor_ < table_->block_count()) return;
  if (filter_.rebuilding()) ++filter_rebuilds_;
  if (next_table_ != nullptr) {
    FinishResize();
  } else {
    filter_.FinishRebuild();
  }
}

}  // namespace ringcached::storage
