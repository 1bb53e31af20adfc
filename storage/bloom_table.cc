#include "storage/bloom_table.h"

#include <cassert>
#include <memory>
#include <new>

namespace ringcached::storage {

BloomTable* BloomTable::Create(Allocator* allocator, size_t line_count) {
  assert(line_count > 0 && line_count < (size_t{1} << 32));
  void* const memory = allocator->Allocate(MemoryUse::kFilter, RequestBytes(line_count));
  if (memory == nullptr) return nullptr;
  auto* const table = new (memory) BloomTable(line_count);
  std::uninitialized_default_construct_n(table->lines(), line_count);
  return table;
}

void BloomTable::Destroy(Allocator* allocator, BloomTable* table) {
  const size_t request_bytes = RequestBytes(table->line_count_);
  std::destroy_n(table->lines(), table->line_count_);
  table->~BloomTable();
  allocator->Free(MemoryUse::kFilter, table, request_bytes);
}

bool BloomTable::Add(uint64_t hash) {
  uint64_t positions = Positions(hash);
  bool changed = false;
  // Load and store, no read-modify-write: writers take turns. Bits that are set are not written
  // again, so that adding a key once more leaves its line shared in the readers' caches.
  for (std::atomic<uint64_t>& word : lines()[LineIndex(hash)].words) {
    const uint64_t before = word.load(std::memory_order_relaxed);
    const uint64_t after = before | (uint64_t{1} << (positions % kWordBits));
    positions >>= kPositionBits;
    if (after == before) continue;
    word.store(after, std::memory_order_release);
    changed = true;
  }
  return changed;
}

void BloomTable::Clear() {
  for (size_t i = 0; i < line_count_; ++i) {
    for (std::atomic<uint64_t>& word : lines()[i].words) word.store(0, std::memory_order_release);
  }
}

}  // namespace ringcached::storage
