// One Bloom filter of fixed size, blocked: all bits of a key lie in one 64-byte line, one bit in
// each of its eight words, so that a query costs one cache miss. At kKeysPerLine keys a line (about
// 12 bits a key) it lets 0.4 % of absent keys pass.
//
// Threads: any number may ask; one at a time may add or discard. Whoever asks while the table is
// being discarded gets an answer that means nothing; BloomFilter knows when that happened, and its
// proof needs the memory orders here: what a reader sees of a word, it sees with all that the
// writer did before.

#ifndef RINGCACHED_STORAGE_BLOOM_TABLE_H_
#define RINGCACHED_STORAGE_BLOOM_TABLE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "storage/mapped_range.h"
#include "storage/memory_ledger.h"

namespace ringcached::storage {

class BloomTable {
 public:
  static constexpr size_t kKeysPerLine = 42;

  // All clear, counted under `part`; null if there is no memory. REQUIRES: 0 < line_count < 2^32.
  static std::unique_ptr<BloomTable> Create(MemoryLedger* ledger, MemoryPart part,
                                            size_t line_count);
  ~BloomTable();
  BloomTable(const BloomTable&) = delete;
  BloomTable& operator=(const BloomTable&) = delete;

  // False: the key was not added since the table was last clear. `key` is bits of the key's hash,
  // from the highest on.
  bool MayContain(uint64_t key) const {
    const Line& line = LineOf(key);
    uint64_t positions = Positions(key);
    // All eight words without a branch: an absent key's first clear bit is unpredictable.
    uint64_t all_set = 1;
    for (const std::atomic<uint64_t>& word : line.words) {
      all_set &= word.load(std::memory_order_acquire) >> (positions % kWordBits);
      positions >>= kPositionBits;
    }
    return all_set != 0;
  }

  void Prefetch(uint64_t key) const { __builtin_prefetch(&LineOf(key), 1); }

  // True if the key was not contained before.
  bool Add(uint64_t key);

  // Clears the table and gives its memory back, until Reuse(). It may still be asked.
  void Discard();
  // Counts its memory again after Discard(). False if there is none.
  bool Reuse();
  bool discarded() const { return discarded_; }

  size_t line_count() const { return line_count_; }
  size_t bytes() const { return memory_.bytes(); }
  size_t capacity_keys() const { return line_count_ * kKeysPerLine; }

 private:
  static constexpr size_t kWordsPerLine = 8;
  static constexpr unsigned kWordBits = 64;
  static constexpr unsigned kPositionBits = 6;

  struct alignas(kCacheLineBytes) Line {
    std::atomic<uint64_t> words[kWordsPerLine];
  };
  static_assert(sizeof(Line) == kCacheLineBytes);
  static_assert(std::atomic<uint64_t>::is_always_lock_free);

  BloomTable(MemoryLedger* ledger, MemoryPart part, MappedRange memory, size_t line_count)
      : ledger_(ledger), part_(part), memory_(std::move(memory)), line_count_(line_count) {}

  Line* lines() const { return reinterpret_cast<Line*>(memory_.data()); }
  // In the keys' order, so that a table is filled from front to back by a pass over keys in order.
  Line& LineOf(uint64_t key) const { return lines()[((key >> 32) * line_count_) >> 32]; }
  // Eight positions of 6 bits each, from all of the key's bits; the product's low bits are the weak
  // ones and are dropped.
  static uint64_t Positions(uint64_t key) {
    const uint64_t mixed = (key ^ (key >> 32)) * 0x9e3779b97f4a7c15;
    return ((mixed ^ (mixed >> 29)) * 0xd6e8feb86659fd93) >> 16;
  }

  MemoryLedger* const ledger_;
  const MemoryPart part_;
  MappedRange memory_;
  const size_t line_count_;
  bool discarded_ = false;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_BLOOM_TABLE_H_
