// Receive buffers that the kernel picks from by itself: one pool for all connections of a ring, so
// that memory follows the traffic of a turn and not the number of connections. The kernel takes
// them in turns, so that each it is offered is soon resident; so it is offered a few at first and
// more when they did not do.

#ifndef RINGCACHED_SERVER_IO_BUFFER_RING_H_
#define RINGCACHED_SERVER_IO_BUFFER_RING_H_

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "server/io/mapped_memory.h"

namespace ringcached::server {

class BufferRing {
 public:
  static constexpr uint16_t kGroup = 0;
  // Buffers that the kernel is offered at first, if there are so many.
  static constexpr uint32_t kFirstOffer = 64;

  BufferRing() = default;
  BufferRing(const BufferRing&) = delete;
  BufferRing& operator=(const BufferRing&) = delete;
  // Unregisters first, so that no late receive writes into unmapped memory. REQUIRES: the ring
  // given to Register() still exists.
  ~BufferRing();

  // Allocates `count` buffers of `buffer_bytes` and offers the first of them to the kernel.
  // ResourceExhausted where too little memory may be locked for the ring of their addresses, 16
  // bytes each. REQUIRES: count is a power of two, at most 32768; no earlier call succeeded.
  absl::Status Register(io_uring* ring, uint32_t count, uint32_t buffer_bytes);

  // The `bytes` that the kernel put into buffer `buffer`, valid until GiveBack().
  std::span<const char> Take(uint16_t buffer, size_t bytes);

  // Hands every taken buffer to the kernel again, with one store that it sees.
  void GiveBack();

  // Doubles what the kernel is offered, as far as there are buffers.
  void OfferMore();

  // Gives the buffers' memory back; they stay with the kernel. REQUIRES: none is taken, and the
  // kernel cannot be receiving into one.
  void Discard();

  // What has been used since it was last given back. The kernel takes buffers in turns.
  size_t used_bytes() const { return size_t{used_} * buffer_bytes_; }

  // Buffers that are with the kernel or taken.
  uint32_t offered() const { return offered_; }

 private:
  char* Buffer(uint16_t buffer) const;
  void Offer(uint16_t buffer);
  void OfferUpTo(uint32_t end);
  void Publish();

  io_uring* ring_ = nullptr;  // null: not registered
  uint32_t count_ = 0;
  uint32_t offered_ = 0;  // those below it
  uint32_t used_ = 0;     // those below it have been taken since Discard()
  uint32_t buffer_bytes_ = 0;
  uint32_t taken_count_ = 0;
  uint16_t tail_ = 0;
  MappedMemory entries_memory_;
  MappedMemory buffer_memory_;
  io_uring_buf* entries_ = nullptr;
  std::unique_ptr<uint16_t[]> taken_;  // [0, taken_count_): buffers that the reactor still reads
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_BUFFER_RING_H_
