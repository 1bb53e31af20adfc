#include "storage/ghost.h"

#include <utility>

namespace ringcached::storage {
void Ghost::Remember(uint64_t key, size_t items) {
  if (younger_ == nullptr || younger_keys_ >= younger_->capacity_keys()) {
    elder_ = std::move(younger_);
    younger_ = BloomTable::Create(ledger_, MemoryPart::kGhost,
                                  items * 5 / 8 / BloomTable::kKeysPerLine + 1);
    younger_keys_ = 0;
  }
  if (younger_ != nullptr && younger_->Add(key)) ++younger_keys_;
}

void Ghost::Clear() {
  younger_.reset();
  elder_.reset();
  younger_keys_ = 0;
}

}  // namespace ringcached::storage
