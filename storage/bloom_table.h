// One Bloom filter of fixed size, blocked: all bits of a key lie in one 64-byte line, one bit in
// each of its eight words, so that a query costs one cache miss. At kKeysPerLine keys a line (about
// 12 bits a key) it lets 0.4 % of absent keys pass.
//
// Threads: any number may ask; one at a time may add or clear. Whoever asks while the table is
// being cleared gets an answer that means nothing; BloomFilter knows when that happened, and its
// proof needs the memory orders here: what a reader sees of a word, it sees with all that the
// writer did before.

#ifndef RINGCACHED_STORAGE_BLOOM_TABLE_H_
#define RINGCACHED_STORAGE_BLOOM_TABLE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "storage/allocator.h"

namespace ringcached::storage {

class alignas(kCacheLineBytes) BloomTable {
 public:
  static constexpr size_t kKeysPerLine = 42;

  // All clear; null if there is no memory. REQUIRES: 0 < line_count < 2^32.
  static BloomTable* Create(Allocator* allocator, size_t line_count);
  // Frees `table`.
  static void Destroy(Allocator* allocator, BloomTable* table);

  // False: the key was not added since the table was last clear.
  bool MayContain(uint64_t hash) const {
    const Line& line = LineOf(hash);
    uint64_t positions = Positions(hash);
    // All eight words without a branch: an absent key's first clear bit is unpredictable.
    uint64_t all_set = 1;
    for (const std::atomic<uint64_t>& word : line.words) {
      all_set &= word.load(std::memory_order_acquire) >> (positions % kWordBits);
      positions >>= kPositionBits;
    }
    return all_set != 0;
  }

  void Prefetch(uint64_t hash) const { __builtin_prefetch(&LineOf(hash)); }

  // True if the key was not contained before.
  bool Add(uint64_t hash);
  void Clear();

  size_t line_count() const { return line_count_; }
  size_t capacity_keys() const { return line_count_ * kKeysPerLine; }

  // For whoever keeps a list of tables.
  BloomTable* next_in_list = nullptr;

 private:
  static constexpr size_t kWordsPerLine = 8;
  static constexpr unsigned kWordBits = 64;
  static constexpr unsigned kPositionBits = 6;

  struct alignas(kCacheLineBytes) Line {
    std::atomic<uint64_t> words[kWordsPerLine] = {};
  };
  static_assert(sizeof(Line) == kCacheLineBytes);
  static_assert(std::atomic<uint64_t>::is_always_lock_free);

  explicit BloomTable(size_t line_count) : line_count_(line_count) {}

  static size_t RequestBytes(size_t line_count) {
    return sizeof(BloomTable) + line_count * sizeof(Line);
  }

  // The lines follow the header in the same allocation.
  Line* lines() { return reinterpret_cast<Line*>(this + 1); }
  const Line* lines() const { return reinterpret_cast<const Line*>(this + 1); }

  // From the hash's middle bits: its top bits are the same in all keys of a shard.
  size_t LineIndex(uint64_t hash) const {
    return static_cast<size_t>((((hash >> 16) & 0xffffffff) * line_count_) >> 32);
  }
  const Line& LineOf(uint64_t hash) const { return lines()[LineIndex(hash)]; }

  // Eight positions of 6 bits each. The multiplication makes them depend on the bits that do not
  // choose the line; its low bits are the weak ones and are dropped.
  static uint64_t Positions(uint64_t hash) { return (hash * 0x9e3779b97f4a7c15) >> 16; }

  const size_t line_count_;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_BLOOM_TABLE_H_
