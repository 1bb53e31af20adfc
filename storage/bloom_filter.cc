// Invariants:
// - The active table holds every key that was added and is not forgotten.
// - A table is cleared only while another is active, and only after version_ was raised for that
//   other one.
// - No table is freed before the filter is: a reader may still look at it. Outgrown tables are at
//   most half as large each as the next, so all of them together stay below the present two.
//
// Why a reader is never wrong. It reads version, active table, bits, version again, and believes
// "not there" only if both versions are the same, v.
// - The bits it read were not cleared under it: a clear of the table that was active at v (or was
//   made active in the middle of the read) follows a raise of the version. Words are cleared with
//   release and read with acquire, so a reader that met a cleared word, or one filled in since,
//   sees that raise in its second read and does not believe.
// - The bits are not too old: if Add(k) happened before the read, then so did the activation of
//   the table that it wrote to, hence v is at least that activation's version; the table pointer
//   is written before the version and read after it, so the reader looks at that table or at a
//   later one, which has k by the contract of Rebuild().

#include "storage/bloom_filter.h"

#include <algorithm>
#include <cassert>

namespace ringcached::storage {
namespace {

constexpr size_t kInitialLines = 8;

}  // namespace

BloomFilter::~BloomFilter() {
  while (all_tables_ != nullptr) {
    BloomTable* const next = all_tables_->next_in_list;
    BloomTable::Destroy(allocator_, all_tables_);
    all_tables_ = next;
  }
}

bool BloomFilter::Init() {
  BloomTable* const table = NewTable(kInitialLines);
  if (table == nullptr) return false;
  active_.store(table, std::memory_order_release);
  ScheduleRebuild();
  return true;
}

bool BloomFilter::MayContain(uint64_t hash) const {
  const uint64_t version = version_.load(std::memory_order_acquire);
  if (active()->MayContain(hash)) return true;
  return version_.load(std::memory_order_relaxed) != version;
}

void BloomFilter::Add(uint64_t hash) {
  // Only this thread writes just now, so it reads its own pointer.
  if (active_.load(std::memory_order_relaxed)->Add(hash)) ++keys_;
}

bool BloomFilter::Rebuild(size_t living_keys, absl::FunctionRef<void(BloomTable*)> add_living) {
  BloomTable* const table = TableFor(living_keys);
  if (table != nullptr) {
    add_living(table);
    keys_ = living_keys;
    Activate(table);
  }
  ScheduleRebuild();
  return table != nullptr;
}

BloomTable* BloomFilter::NewTable(size_t line_count) {
  BloomTable* const table = BloomTable::Create(allocator_, line_count);
  if (table == nullptr) return nullptr;
  table->next_in_list = all_tables_;
  all_tables_ = table;
  return table;
}

// A clear table for that many keys; null if there is no memory. One that the living would fill to
// more than three quarters would soon need the next rebuild, so then a larger one is wanted.
BloomTable* BloomFilter::TableFor(size_t living_keys) {
  if (living_keys > capacity_keys() / 4 * 3) {
    BloomTable* const larger = NewTable(active()->line_count() * 2);
    if (larger != nullptr) return larger;
  }
  if (spare_ == nullptr) return NewTable(active()->line_count());
  spare_->Clear();
  return spare_;
}

void BloomFilter::Activate(BloomTable* table) {
  BloomTable* const retired = active_.load(std::memory_order_relaxed);
  assert(table != retired);
  active_.store(table, std::memory_order_release);
  version_.store(version_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  spare_ = retired->line_count() == table->line_count() ? retired : nullptr;
}

// When the table is full, but not before a quarter of it was added: a table that is denser than
// it should be, because a larger one could not be had, must not be rebuilt at every key.
void BloomFilter::ScheduleRebuild() {
  rebuild_at_keys_ = std::max(capacity_keys(), keys_ + capacity_keys() / 4);
}

}  // namespace ringcached::storage
