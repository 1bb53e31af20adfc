// Invariants:
// - The active table holds every key that was added and is not forgotten.
// - A table is discarded only while another is active, and only after version_ was raised for that
//   other one, or before it was ever active.
// - No table is unmapped before the filter is destroyed: a reader may still look at it. Discarded
//   ones hold addresses but no memory; the index has few sizes, so they are few.
//
// Why a reader is never wrong. It reads version, active table, bits, version again, and believes
// "not there" only if both versions are the same, v.
// - The bits it read were not cleared under it: a table that was active at v (or was made active in
//   the middle of the read) is discarded after a raise of the version. The system takes the pages
//   away after all that this thread wrote before, and a reader that met a zeroed page, or a bit set
//   there since, sees that raise in its second read and does not believe.
// - The bits are not too old: if Add(k) happened before the read, then so did the activation of
//   the table that it wrote to, hence v is at least that activation's version; the table pointer
//   is written before the version and read after it, so the reader looks at that table or at a
//   later one, which has k by the contract of a rebuild.

#include "storage/bloom_filter.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace ringcached::storage {
namespace {

// A rebuild comes when a third of the capacity has been added beyond the capacity, or beyond what
// the last rebuild left if that was more. A third above the capacity, about 1.6 % of absent keys
// pass.
constexpr size_t kRebuildDivisor = 3;

}  // namespace

bool BloomFilter::Init(size_t line_count) {
  BloomTable* const table = TableOf(line_count);
  if (table == nullptr) return false;
  active_.store(table, std::memory_order_release);
  ScheduleRebuild();
  return true;
}

bool BloomFilter::MayContain(uint64_t key) const {
  const uint64_t version = version_.load(std::memory_order_acquire);
  if (active()->MayContain(key)) return true;
  return version_.load(std::memory_order_relaxed) != version;
}

void BloomFilter::Add(uint64_t key) {
  // Only this thread writes just now, so it reads its own pointer.
  if (active_.load(std::memory_order_relaxed)->Add(key)) ++keys_;
  if (next_ != nullptr) AddLiving(key);
}

void BloomFilter::PostponeRebuild() {
  rebuild_at_keys_ = keys_ + std::max<size_t>(capacity_keys() / kRebuildDivisor, 1);
}

bool BloomFilter::BeginRebuild(size_t line_count) {
  assert(next_ == nullptr);
  next_ = TableOf(line_count);
  next_keys_ = 0;
  return next_ != nullptr;
}

void BloomFilter::FinishRebuild() {
  assert(next_ != nullptr);
  BloomTable* const retired = active_.load(std::memory_order_relaxed);
  active_.store(next_, std::memory_order_release);
  version_.store(version_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  retired->Discard();
  next_ = nullptr;
  keys_ = next_keys_;
  ScheduleRebuild();
}

void BloomFilter::AbandonRebuild() {
  assert(next_ != nullptr);
  std::exchange(next_, nullptr)->Discard();
}

// A clear table; null if there is no memory.
BloomTable* BloomFilter::TableOf(size_t line_count) {
  for (const auto& table : tables_) {
    if (table->discarded() && table->line_count() == line_count) {
      return table->Reuse() ? table.get() : nullptr;
    }
  }
  std::unique_ptr<BloomTable> table = BloomTable::Create(ledger_, MemoryPart::kFilter, line_count);
  if (table == nullptr) return nullptr;
  tables_.push_back(std::move(table));
  return tables_.back().get();
}

void BloomFilter::ScheduleRebuild() {
  const size_t slack_keys = std::max<size_t>(capacity_keys() / kRebuildDivisor, 1);
  rebuild_at_keys_ = std::max(capacity_keys(), keys_) + slack_keys;
}

}  // namespace ringcached::storage
