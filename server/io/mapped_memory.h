// Anonymous memory straight from the kernel: page-aligned, zeroed, and resident only where touched.

#ifndef RINGCACHED_SERVER_IO_MAPPED_MEMORY_H_
#define RINGCACHED_SERVER_IO_MAPPED_MEMORY_H_

#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringcached::server {

class MappedMemory {
 public:
  // REQUIRES: bytes > 0.
  static absl::StatusOr<MappedMemory> Create(size_t bytes) {
    void* start =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return absl::ErrnoToStatus(errno, "cannot map receive buffers");
    return MappedMemory(start, bytes);
  }

  MappedMemory() = default;
  MappedMemory(MappedMemory&& other) noexcept
      : start_(std::exchange(other.start_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  MappedMemory& operator=(MappedMemory&& other) noexcept {
    std::swap(start_, other.start_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedMemory() {
    if (start_ != nullptr) ::munmap(start_, bytes_);
  }

  // Gives the pages back: they read as zeros, until they are touched again. What is locked stays.
  void Discard() const {
    if (start_ != nullptr) ::madvise(start_, bytes_, MADV_DONTNEED);
  }

  void* start() const { return start_; }
  size_t bytes() const { return bytes_; }

 private:
  MappedMemory(void* start, size_t bytes) : start_(start), bytes_(bytes) {}

  void* start_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_MAPPED_MEMORY_H_
