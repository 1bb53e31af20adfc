// A first-in, first-out queue of slots, each in it at most once, that never allocates.

#ifndef RINGCACHED_SERVER_IO_SLOT_FIFO_H_
#define RINGCACHED_SERVER_IO_SLOT_FIFO_H_

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace ringcached::server {

class SlotFifo {
 public:
  // `max_slots`: as many slots as there are. REQUIRES: max_slots > 0.
  explicit SlotFifo(uint32_t max_slots)
      : slots_(std::make_unique_for_overwrite<uint32_t[]>(max_slots)), max_slots_(max_slots) {}

  bool empty() const { return size_ == 0; }
  uint32_t size() const { return static_cast<uint32_t>(size_); }

  void Push(uint32_t slot) {
    assert(size_ < max_slots_);
    slots_[(first_ + size_) % max_slots_] = slot;
    ++size_;
  }

  // REQUIRES: !empty()
  uint32_t Pop() {
    assert(!empty());
    const uint32_t slot = slots_[first_];
    first_ = (first_ + 1) % max_slots_;
    --size_;
    return slot;
  }

 private:
  // Not initialised, so that what is never used takes no memory.
  std::unique_ptr<uint32_t[]> slots_;
  size_t max_slots_;
  size_t first_ = 0;
  size_t size_ = 0;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_SLOT_FIFO_H_
