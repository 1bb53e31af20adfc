#include "storage/mapped_range.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cassert>
#include <cstdint>
#include <cstring>

namespace ringcached::storage {
namespace {

// MADV_DONTNEED_LOCKED, from Linux 5.18 on; Debian 12's headers of the C library lack it.
constexpr int kDontNeedLocked = 24;

size_t PageBytes() {
  static const size_t page_bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return page_bytes;
}

char* MapAnonymous(size_t bytes, int protection, int flags) {
  void* const data = mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  return data == MAP_FAILED ? nullptr : static_cast<char*>(data);
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
  const size_t whole_bytes = RoundUpToPages(bytes) + kHugePageBytes;
  char* const whole = MapAnonymous(whole_bytes, PROT_NONE, MAP_NORESERVE);
  if (whole == nullptr) return {};
  const size_t before = -reinterpret_cast<uintptr_t>(whole) % kHugePageBytes;
  const size_t behind = kHugePageBytes - before;
  if (before > 0) munmap(whole, before);
  if (behind > 0) munmap(whole + whole_bytes - behind, behind);
  return {whole + before, bytes};
}

MappedRange MappedRange::Map(size_t bytes) {
  assert(bytes > 0);
  char* const data = MapAnonymous(bytes, PROT_READ | PROT_WRITE, 0);
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
  if (begin >= end || madvise(data_ + begin, end - begin, MADV_DONTNEED) == 0) return;
  // Locked memory is not given back so. Where it is not at all, it is zero at least.
  if (madvise(data_ + begin, end - begin, kDontNeedLocked) != 0) {
    std::memset(data_ + begin, 0, end - begin);
  }
}

}  // namespace ringcached::storage
