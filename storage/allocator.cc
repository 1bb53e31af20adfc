// RINGCACHED_SYSTEM_MALLOC selects the C library's malloc: sanitizers bring their own, which
// jemalloc would hide from them.

#include "storage/allocator.h"

#include <cassert>

#ifdef RINGCACHED_SYSTEM_MALLOC
#include <malloc.h>

#include <cstdlib>
#else
#include <jemalloc/jemalloc.h>
#endif

namespace ringcached::storage {
namespace {

#ifdef RINGCACHED_SYSTEM_MALLOC

// aligned_alloc wants a multiple of the alignment.
size_t RoundedUp(size_t bytes) { return (bytes + kCacheLineBytes - 1) & ~(kCacheLineBytes - 1); }

void* RawAllocate(MemoryUse use, size_t bytes) {
  if (use == MemoryUse::kItem) return std::malloc(bytes);
  return std::aligned_alloc(kCacheLineBytes, RoundedUp(bytes));
}

void RawFree(MemoryUse /*use*/, void* memory, size_t /*bytes*/) { std::free(memory); }

size_t ExpectedBytes(MemoryUse /*use*/, size_t bytes) { return bytes; }

#else

int Flags(MemoryUse use) { return use == MemoryUse::kItem ? 0 : MALLOCX_ALIGN(kCacheLineBytes); }

void* RawAllocate(MemoryUse use, size_t bytes) { return mallocx(bytes, Flags(use)); }

void RawFree(MemoryUse use, void* memory, size_t bytes) { sdallocx(memory, bytes, Flags(use)); }

size_t ExpectedBytes(MemoryUse use, size_t bytes) { return nallocx(bytes, Flags(use)); }

#endif

}  // namespace

size_t Allocator::GivenBytes(MemoryUse use, const void* memory, size_t bytes) {
#ifdef RINGCACHED_SYSTEM_MALLOC
  static_cast<void>(use);
  static_cast<void>(bytes);
  // The C library's signature is not const; it only reads.
  return malloc_usable_size(const_cast<void*>(memory));
#else
  static_cast<void>(memory);
  return ExpectedBytes(use, bytes);
#endif
}

void* Allocator::Allocate(MemoryUse use, size_t bytes) {
  assert(bytes > 0);
  if (Refused(use, bytes)) return nullptr;
  void* const memory = RawAllocate(use, bytes);
  if (memory == nullptr) return nullptr;
  counter(use).fetch_add(GivenBytes(use, memory, bytes), std::memory_order_relaxed);
  return memory;
}

void Allocator::Free(MemoryUse use, void* memory, size_t bytes) {
  assert(used_bytes(use) >= GivenBytes(use, memory, bytes));
  counter(use).fetch_sub(GivenBytes(use, memory, bytes), std::memory_order_relaxed);
  RawFree(use, memory, bytes);
}

bool Allocator::CouldHold(size_t bytes) const {
  const size_t table_bytes = used_bytes(MemoryUse::kIndex) + used_bytes(MemoryUse::kFilter);
  return table_bytes <= limit_bytes() &&
         ExpectedBytes(MemoryUse::kItem, bytes) <= limit_bytes() - table_bytes;
}

size_t Allocator::ShortfallBytes(size_t credit_bytes) const {
  const size_t total_bytes = TotalBytes();
  const size_t allowed_bytes = limit_bytes() + credit_bytes;
  return total_bytes > allowed_bytes ? total_bytes - allowed_bytes : 0;
}

size_t Allocator::TotalBytes() const {
  return used_bytes(MemoryUse::kItem) + used_bytes(MemoryUse::kIndex) +
         used_bytes(MemoryUse::kFilter);
}

bool Allocator::Refused(MemoryUse use, size_t bytes) {
  if (fail_in_.load(std::memory_order_relaxed) != 0 &&
      fail_in_.fetch_sub(1, std::memory_order_relaxed) == 1) {
    return true;
  }
  if (use == MemoryUse::kItem || tables_displace_items_) return false;
  return TotalBytes() + ExpectedBytes(use, bytes) > limit_bytes();
}

}  // namespace ringcached::storage
