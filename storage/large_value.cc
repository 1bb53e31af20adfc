// RINGCACHED_SYSTEM_MALLOC selects the C library's malloc: sanitizers bring their own, which
// jemalloc would hide from them.

#include "storage/large_value.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <new>

#ifdef RINGCACHED_SYSTEM_MALLOC
#include <cstdlib>
#else
#include <cstdio>

#include <jemalloc/jemalloc.h>
#endif

namespace ringcached::storage {
namespace {

// Freed memory that is kept for the next values: this share of the budget, within these bounds.
constexpr size_t kKeptFreedDivisor = 128;
constexpr size_t kMinKeptFreedBytes = size_t{256} << 10;
constexpr size_t kMaxKeptFreedBytes = size_t{16} << 20;

#ifndef RINGCACHED_SYSTEM_MALLOC
// jemalloc's: allocations above the first are large.
constexpr size_t kMaxSmallBytes = 14336;
constexpr size_t kPaddingBytes = 4096;
#endif

#ifdef RINGCACHED_SYSTEM_MALLOC

bool MakeArena(unsigned* /*arena*/) { return false; }
void DestroyArena(unsigned /*arena*/) {}
void Purge(unsigned /*arena*/) {}
int FlagsOf(unsigned /*arena*/) { return 0; }
void* RawAllocate(size_t bytes, int /*flags*/) { return std::malloc(bytes); }
void RawFree(void* memory, size_t /*bytes*/, int /*flags*/) { std::free(memory); }
size_t RawGivenBytes(size_t bytes, int /*flags*/) { return bytes; }

#else

bool MakeArena(unsigned* arena) {
  size_t bytes = sizeof(*arena);
  return mallctl("arenas.create", arena, &bytes, nullptr, 0) == 0;
}

void Control(unsigned arena, const char* action) {
  char name[48];
  std::snprintf(name, sizeof(name), "arena.%u.%s", arena, action);
  mallctl(name, nullptr, nullptr, nullptr, 0);
}

void DestroyArena(unsigned arena) { Control(arena, "destroy"); }
void Purge(unsigned arena) { Control(arena, "purge"); }

// No thread cache: what is freed is at once free for every thread, and counted as such.
int FlagsOf(unsigned arena) { return static_cast<int>(MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE); }
void* RawAllocate(size_t bytes, int flags) { return mallocx(bytes, flags); }
void RawFree(void* memory, size_t bytes, int flags) { sdallocx(memory, bytes, flags); }
// Unless told otherwise, jemalloc puts a page beside each large allocation, to spread what starts
// at a page over the processor's cache, and does not say so.
bool HasPadding() {
  bool pads = false;
  size_t bytes = sizeof(pads);
  // Older ones do not tell and pad.
  return mallctl("opt.cache_oblivious", &pads, &bytes, nullptr, 0) != 0 || pads;
}
size_t RawGivenBytes(size_t bytes, int flags) {
  static const size_t padding_bytes = HasPadding() ? kPaddingBytes : 0;
  const size_t given_bytes = nallocx(bytes, flags);
  return given_bytes > kMaxSmallBytes ? given_bytes + padding_bytes : given_bytes;
}

#endif

}  // namespace

LargeValueHeap::LargeValueHeap(MemoryLedger* ledger) : ledger_(ledger) {
  // Without an arena of its own it shares the process's.
  if (MakeArena(&arena_)) flags_ = FlagsOf(arena_);
}

LargeValueHeap::~LargeValueHeap() {
  while (LargeValue* const value = PopCollectable(std::numeric_limits<Epoch>::max())) {
    ledger_->SubtractRetired(value->given_bytes());
    value->DropReference();
  }
  assert(ledger_->bytes(MemoryPart::kLargeValues) == 0);
  if (flags_ != 0) DestroyArena(arena_);
}

LargeValue* LargeValueHeap::Create(size_t value_bytes) {
  const size_t given_bytes = GivenBytes(value_bytes);
  if (!ledger_->Charge(MemoryPart::kLargeValues, given_bytes)) return nullptr;
  void* const memory = RawAllocate(sizeof(LargeValue) + value_bytes, flags_);
  if (memory == nullptr) {
    ledger_->Release(MemoryPart::kLargeValues, given_bytes);
    return nullptr;
  }
  return new (memory) LargeValue(this, value_bytes);
}

size_t LargeValueHeap::GivenBytes(size_t value_bytes) const {
  return RawGivenBytes(sizeof(LargeValue) + value_bytes, flags_);
}

void LargeValueHeap::Retire(LargeValue* value) {
  ledger_->AddRetired(value->given_bytes());
  {
    MutexLock lock(&mutex_);
    value->retired_under_ = Epochs::OfProcess().NextEpoch();
    (newest_retired_ == nullptr ? oldest_retired_ : newest_retired_->newer_retired_) = value;
    newest_retired_ = value;
  }
  if (ledger_->MuchIsRetired()) Collect();
}

void LargeValueHeap::Collect() {
  const Epoch newest = NewestRetired();
  if (newest == 0) return;
  const Epoch seen = Epochs::OfProcess().SeenByAll(newest);
  for (int i = 0; i < kMaxCollected; ++i) {
    LargeValue* const value = PopCollectable(seen);
    if (value == nullptr) return;
    ledger_->SubtractRetired(value->given_bytes());
    value->DropReference();
  }
}

// 0: none is.
Epoch LargeValueHeap::NewestRetired() {
  MutexLock lock(&mutex_);
  return newest_retired_ == nullptr ? 0 : newest_retired_->retired_under_;
}

LargeValue* LargeValueHeap::PopCollectable(Epoch seen) {
  MutexLock lock(&mutex_);
  LargeValue* const value = oldest_retired_;
  if (value == nullptr || value->retired_under_ > seen) return nullptr;
  oldest_retired_ = value->newer_retired_;
  if (oldest_retired_ == nullptr) newest_retired_ = nullptr;
  return value;
}

void LargeValueHeap::Free(LargeValue* value) {
  const size_t given_bytes = value->given_bytes();
  RawFree(value, sizeof(LargeValue) + value->size(), flags_);
  ledger_->Release(MemoryPart::kLargeValues, given_bytes);
  const size_t kept_bytes = std::clamp(ledger_->limit_bytes() / kKeptFreedDivisor,
                                       kMinKeptFreedBytes, kMaxKeptFreedBytes);
  if (freed_bytes_.fetch_add(given_bytes, std::memory_order_relaxed) + given_bytes < kept_bytes) {
    return;
  }
  freed_bytes_.store(0, std::memory_order_relaxed);
  if (flags_ != 0) Purge(arena_);
}

}  // namespace ringcached::storage
