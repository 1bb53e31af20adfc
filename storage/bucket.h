// A bucket of the index: one cache line with an info word and seven slots, whose tags are compared
// in one step.

#ifndef RINGCACHED_STORAGE_BUCKET_H_
#define RINGCACHED_STORAGE_BUCKET_H_

#include <atomic>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "storage/memory_ledger.h"
#include "storage/slot.h"

#if defined(__SSE2__) && !defined(__SANITIZE_THREAD__) && !defined(RINGCACHED_SCALAR_BUCKETS)
#if defined(__has_feature)
#if !__has_feature(thread_sanitizer)
#define RINGCACHED_SSE2_BUCKETS
#endif
#else
#define RINGCACHED_SSE2_BUCKETS
#endif
#endif

#ifdef RINGCACHED_SSE2_BUCKETS
#include <emmintrin.h>
#endif

namespace ringcached::storage {

inline constexpr size_t kSlotsPerBucket = 7;

struct alignas(kCacheLineBytes) Bucket {
  // From the lowest bit: version 32 | slots elsewhere whose home is here 8 | which tags those may
  // have 16 | unused 8. The version rises whenever a slot moves into or out of the bucket.
  std::atomic<uint64_t> info;
  Slot slots[kSlotsPerBucket];

  // False if the info word says that no slot with that tag whose home is this bucket lies
  // elsewhere.
  static bool MayHaveDisplaced(uint64_t info_word, uint64_t tag) {
    return (info_word & HintOf(tag)) != 0;
  }
  void AddDisplaced(uint64_t tag) {
    uint64_t word = info.load(std::memory_order_relaxed);
    assert((word & kCountMask) != kCountMask);
    info.store((word + kOneDisplaced) | HintOf(tag), std::memory_order_release);
  }
  void RemoveDisplaced() {
    uint64_t word = info.load(std::memory_order_relaxed) - kOneDisplaced;
    if ((word & kCountMask) == 0) word &= ~kHintsMask;
    info.store(word, std::memory_order_release);
  }
  void RaiseVersion() {
    const uint64_t word = info.load(std::memory_order_relaxed);
    const uint64_t version = (word + 1) & kVersionMask;
    info.store((word & ~kVersionMask) | version, std::memory_order_release);
  }
  bool CanCountDisplaced() const {
    return (info.load(std::memory_order_relaxed) & kCountMask) != kCountMask;
  }

  Slot* FreeSlot() {
    for (Slot& slot : slots) {
      if (IsEmpty(slot.load(std::memory_order_relaxed))) return &slot;
    }
    return nullptr;
  }

  // A bit for each slot whose tag and displacement are those of `pattern`: candidates only, to be
  // loaded again, since the slots are not compared atomically. Empty slots may be among them.
  uint32_t Candidates(SlotWord pattern) const {
#ifdef RINGCACHED_SSE2_BUCKETS
    return CandidatesSse2(pattern);
#else
    return CandidatesScalar(pattern);
#endif
  }

  // The portable form; also for ThreadSanitizer, since the other's loads are not atomic.
  uint32_t CandidatesScalar(SlotWord pattern) const {
    uint32_t found = 0;
    for (size_t i = 0; i < kSlotsPerBucket; ++i) {
      const uint64_t differs = (slots[i].load(std::memory_order_acquire) ^ pattern) & kMatchMask;
      found |= static_cast<uint32_t>(differs == 0) << i;
    }
    return found;
  }

 private:
  static constexpr uint64_t kMatchMask = ~(kStampMask | kLocationMask);
  static constexpr uint64_t kVersionMask = 0xffffffff;
  static constexpr uint64_t kOneDisplaced = uint64_t{1} << 32;
  static constexpr uint64_t kCountMask = uint64_t{0xff} << 32;
  static constexpr unsigned kHintShift = 40;
  static constexpr uint64_t kHintsMask = uint64_t{0xffff} << kHintShift;

  static uint64_t HintOf(uint64_t tag) { return uint64_t{1} << (kHintShift + (tag & 15)); }

#ifdef RINGCACHED_SSE2_BUCKETS
  // Tag and displacement are in the upper half of a word: the upper halves of all eight words (the
  // first is the info word's and dropped in the end) are gathered in two registers.
  uint32_t CandidatesSse2(SlotWord pattern) const {
    static_assert(kTagShift >= 32 && kDisplacedShift >= 32);
    const auto* const line = reinterpret_cast<const __m128i*>(this);
    const auto half = [line](int first) {
      const __m128 a = _mm_castsi128_ps(_mm_load_si128(line + first));
      const __m128 b = _mm_castsi128_ps(_mm_load_si128(line + first + 1));
      return _mm_castps_si128(_mm_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1)));
    };
    const __m128i mask = _mm_set1_epi32(static_cast<int>(kMatchMask >> 32));
    const __m128i wanted = _mm_set1_epi32(static_cast<int>((pattern & kMatchMask) >> 32));
    const __m128i low = _mm_cmpeq_epi32(_mm_and_si128(half(0), mask), wanted);
    const __m128i high = _mm_cmpeq_epi32(_mm_and_si128(half(2), mask), wanted);
    const __m128i words = _mm_packs_epi32(low, high);
    const __m128i bytes = _mm_packs_epi16(words, _mm_setzero_si128());
    return static_cast<uint32_t>(_mm_movemask_epi8(bytes)) >> 1;
  }
#endif
};

static_assert(sizeof(Bucket) == kCacheLineBytes);

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_BUCKET_H_
