// Remembers keys of items that were dropped, without their keys: two Bloom tables, of which the
// younger takes what is added and the elder is forgotten when that is full. So a key is remembered
// for between one and two tables' worth of further keys, and one in 250 to one in 125 is wrongly
// remembered.
//
// Not thread-safe.

#ifndef RINGCACHED_STORAGE_GHOST_H_
#define RINGCACHED_STORAGE_GHOST_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "storage/bloom_table.h"
#include "storage/memory_ledger.h"

namespace ringcached::storage {

class Ghost {
 public:
  explicit Ghost(MemoryLedger* ledger) : ledger_(ledger) {}

  // A new table is made for five eighths of `items`. Without memory for it nothing is remembered.
  // Keys are as in BloomTable.
  void Remember(uint64_t key, size_t items);
  bool Remembers(uint64_t key) const {
    return (younger_ != nullptr && younger_->MayContain(key)) ||
           (elder_ != nullptr && elder_->MayContain(key));
  }
  void Clear();

 private:
  MemoryLedger* const ledger_;
  std::unique_ptr<BloomTable> younger_;
  std::unique_ptr<BloomTable> elder_;
  size_t younger_keys_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_GHOST_H_
