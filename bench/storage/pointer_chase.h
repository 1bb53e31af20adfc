// Random loads that depend on each other, the measure for what a lookup costs at best on a machine.

#ifndef RINGCACHED_BENCH_STORAGE_POINTER_CHASE_H_
#define RINGCACHED_BENCH_STORAGE_POINTER_CHASE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringcached::storage {

class PointerChase {
 public:
  // Over memory of this size as the C++ library gives it, one load per cache line.
  explicit PointerChase(size_t bytes);

  // One load; its address is what the last one read.
  void Step() { at_ = lines_[at_].next; }
  uint64_t at() const { return at_; }
  double huge_pages_mib() const { return huge_pages_mib_; }

 private:
  struct alignas(64) Line {
    uint64_t next;
  };

  std::vector<Line> lines_;
  uint64_t at_ = 0;
  double huge_pages_mib_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_BENCH_STORAGE_POINTER_CHASE_H_
