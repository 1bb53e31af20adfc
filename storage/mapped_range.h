// A range of address space of the process's own. Owns it: move-only, unmapped when destroyed.
// Memory is backed when it is first written and zero until then.

#ifndef RINGCACHED_STORAGE_MAPPED_RANGE_H_
#define RINGCACHED_STORAGE_MAPPED_RANGE_H_

#include <cstddef>
#include <utility>

namespace ringcached::storage {

class MappedRange {
 public:
  MappedRange() = default;
  MappedRange(MappedRange&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  MappedRange& operator=(MappedRange&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedRange();

  // Empty if the system refuses. REQUIRES: bytes > 0.
  // Reserve(): may not be touched before Commit(), so that it costs nothing under strict
  // overcommit either. Begins where a huge page may.
  static MappedRange Reserve(size_t bytes);
  // Map(): may be read and written.
  static MappedRange Map(size_t bytes);

  // Allows a part of a reserved range to be read and written. False if the system refuses.
  // `offset` and `bytes` are multiples of the page size.
  bool Commit(size_t offset, size_t bytes);
  // Gives the pages of a part back: it reads as zero afterwards, also where locked memory can't be
  // given back. Pages that the part does not cover entirely stay.
  void Discard(size_t offset, size_t bytes);

  // Asks for huge pages where the system has them; one backs kHugePageBytes at the first touch.
  // Nothing happens where it has none.
  void PreferHugePages();

  char* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  bool empty() const { return data_ == nullptr; }

 private:
  MappedRange(char* data, size_t bytes) : data_(data), bytes_(bytes) {}

  char* data_ = nullptr;
  size_t bytes_ = 0;
};

// What x86-64 has, and aarch64 with pages of 4 KiB. Others take what is asked for as it fits.
inline constexpr size_t kHugePageBytes = size_t{2} << 20;

// What a mapping of `bytes` takes at most.
size_t RoundUpToPages(size_t bytes);

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_MAPPED_RANGE_H_
