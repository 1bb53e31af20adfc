#include "server/io/buffer_ring.h"

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "server/io/memlock.h"
#include "server/io/require.h"

// Invariants:
//  - A buffer below offered_ is either with the kernel (between the kernel's head and tail_) or in
//    taken_: every buffer that a completion named was taken, so none is lost.
//  - The kernel's tail lives in the last two bytes of entry 0. They are written here and not
//    through io_uring_buf_ring, whose layout in C++ differs between versions of the headers.

namespace ringcached::server {

absl::Status BufferRing::Register(io_uring* ring, uint32_t count, uint32_t buffer_bytes) {
  absl::StatusOr<MappedMemory> entries = MappedMemory::Create(count * sizeof(io_uring_buf));
  if (!entries.ok()) return entries.status();
  absl::StatusOr<MappedMemory> buffers = MappedMemory::Create(size_t{count} * buffer_bytes);
  if (!buffers.ok()) return buffers.status();

  io_uring_buf_reg registration = {};
  registration.ring_addr = reinterpret_cast<uintptr_t>(entries->start());
  registration.ring_entries = count;
  registration.bgid = kGroup;
  int error = -io_uring_register_buf_ring(ring, &registration, 0);
  if (error == ENOMEM && RaiseMemlockLimit()) {
    error = -io_uring_register_buf_ring(ring, &registration, 0);
  }
  if (error != 0) return LockedMemoryStatus(error, "cannot register a ring of receive buffers");

  entries_memory_ = *std::move(entries);
  buffer_memory_ = *std::move(buffers);
  entries_ = static_cast<io_uring_buf*>(entries_memory_.start());
  ring_ = ring;
  count_ = count;
  buffer_bytes_ = buffer_bytes;
  taken_ = std::make_unique<uint16_t[]>(count);
  OfferUpTo(std::min(count, kFirstOffer));
  return absl::OkStatus();
}

BufferRing::~BufferRing() {
  if (ring_ != nullptr) io_uring_unregister_buf_ring(ring_, kGroup);
}

std::span<const char> BufferRing::Take(uint16_t buffer, size_t bytes) {
  Require(buffer < offered_ && taken_count_ < offered_,
          "the kernel named a buffer that it had not");
  taken_[taken_count_++] = buffer;
  used_ = std::max(used_, uint32_t{buffer} + 1);
  return {Buffer(buffer), bytes};
}

void BufferRing::GiveBack() {
  if (taken_count_ == 0) return;
  for (uint32_t i = 0; i < taken_count_; ++i) Offer(taken_[i]);
  taken_count_ = 0;
  Publish();
}

void BufferRing::OfferMore() {
  if (offered_ < count_) OfferUpTo(std::min(offered_ * 2, count_));
}

void BufferRing::Discard() {
  Require(taken_count_ == 0, "buffers are discarded when none is taken");
  buffer_memory_.Discard();
  used_ = 0;
}

void BufferRing::OfferUpTo(uint32_t end) {
  while (offered_ < end) Offer(static_cast<uint16_t>(offered_++));
  Publish();
}

char* BufferRing::Buffer(uint16_t buffer) const {
  return static_cast<char*>(buffer_memory_.start()) + size_t{buffer} * buffer_bytes_;
}

// Fills fields one by one: entry 0's reserved bytes are the tail.
void BufferRing::Offer(uint16_t buffer) {
  io_uring_buf& entry = entries_[tail_ & (count_ - 1)];
  entry.addr = reinterpret_cast<uintptr_t>(Buffer(buffer));
  entry.len = buffer_bytes_;
  entry.bid = buffer;
  ++tail_;
}

void BufferRing::Publish() {
  std::atomic_ref<__u16>(entries_[0].resv).store(tail_, std::memory_order_release);
}

}  // namespace ringcached::server
