#include "storage/bloom_table.h"

#include <cassert>
#include <utility>

namespace ringcached::storage {

std::unique_ptr<BloomTable> BloomTable::Create(MemoryLedger* ledger, MemoryPart part,
                                               size_t line_count) {
  assert(line_count > 0 && line_count < (size_t{1} << 32));
  const size_t bytes = RoundUpToPages(line_count * sizeof(Line));
  if (!ledger->Charge(part, bytes)) return nullptr;
  MappedRange memory = MappedRange::Map(bytes);
  if (memory.empty()) {
    ledger->Release(part, bytes);
    return nullptr;
  }
  return std::unique_ptr<BloomTable>(new BloomTable(ledger, part, std::move(memory), line_count));
}

BloomTable::~BloomTable() {
  if (!discarded_) ledger_->Release(part_, bytes());
}

bool BloomTable::Add(uint64_t key) {
  uint64_t positions = Positions(key);
  bool changed = false;
  // Load and store, no read-modify-write: writers take turns. Bits that are set are not written
  // again, so that adding a key once more leaves its line shared in the readers' caches.
  for (std::atomic<uint64_t>& word : LineOf(key).words) {
    const uint64_t before = word.load(std::memory_order_relaxed);
    const uint64_t after = before | (uint64_t{1} << (positions % kWordBits));
    positions >>= kPositionBits;
    if (after == before) continue;
    word.store(after, std::memory_order_release);
    changed = true;
  }
  return changed;
}

void BloomTable::Discard() {
  assert(!discarded_);
  memory_.Discard(0, memory_.bytes());
  ledger_->Release(part_, bytes());
  discarded_ = true;
}

bool BloomTable::Reuse() {
  assert(discarded_);
  if (!ledger_->Charge(part_, bytes())) return false;
  discarded_ = false;
  return true;
}

}  // namespace ringcached::storage
