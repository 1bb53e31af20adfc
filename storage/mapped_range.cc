#include "storage/mapped_range.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cassert>
#include <cstdint>

namespace ringcached::storage {
namespace {

size_t PageBytes() {
  static const size_t page_bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return page_bytes;
}

char* MapAnonymous(size_t bytes, int protection, int flags) {
  void* const data = mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  return data == MAP_FAILED ? nullptr : static_cast<char*>(data);
}

// Maps more and gives the ends back.
char* MapAligned(size_t bytes, int protection, int flags) {
  if (bytes < kHugePageBytes) return MapAnonymous(bytes, protection, flags);
  char* const data = MapAnonymous(bytes + kHugePageBytes, protection, flags);
  if (data == nullptr) return nullptr;
  const size_t past = reinterpret_cast<uintptr_t>(data) % kHugePageBytes;
  const size_t head = past == 0 ? 0 : kHugePageBytes - past;
  if (head > 0) munmap(data, head);
  const size_t tail_begin = head + RoundUpToPages(bytes);
  const size_t tail_end = RoundUpToPages(bytes + kHugePageBytes);
  if (tail_begin < tail_end) munmap(data + tail_begin, tail_end - tail_begin);
  return data + head;
}

}  // namespace

size_t RoundUpToPages(size_t bytes) {
  const size_t mask = PageBytes() - 1;
  return (bytes + mask) & ~mask;
}

MappedRange::~MappedRange() {
  if (data_ != nullptr) munmap(data_, bytes_);
}

MappedRange MappedRange::Reserve(size_t bytes) {
  assert(bytes > 0);
  char* const data = MapAligned(bytes, PROT_NONE, MAP_NORESERVE);
  return data == nullptr ? MappedRange() : MappedRange(data, bytes);
}

MappedRange MappedRange::Map(size_t bytes) {
  assert(bytes > 0);
  char* const data = MapAligned(bytes, PROT_READ | PROT_WRITE, 0);
  return data == nullptr ? MappedRange() : MappedRange(data, bytes);
}

bool MappedRange::Commit(size_t offset, size_t bytes) {
  assert(offset + bytes <= bytes_);
  return mprotect(data_ + offset, bytes, PROT_READ | PROT_WRITE) == 0;
}

void MappedRange::PreferHugePages() { madvise(data_, bytes_, MADV_HUGEPAGE); }

void MappedRange::Discard(size_t offset, size_t bytes) {
  assert(offset + bytes <= bytes_);
  const size_t begin = RoundUpToPages(offset);
  const size_t end = (offset + bytes) & ~(PageBytes() - 1);
  if (begin < end) madvise(data_ + begin, end - begin, MADV_DONTNEED);
}

}  // namespace ringcached::storage
