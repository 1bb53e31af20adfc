#include <algorithm>
#include <bit>

#include "server/io/io_uring.h"
#include "server/io/memlock.h"

namespace ringcached::server {
namespace {

constexpr uint32_t kMinSubmissions = 16;
constexpr uint32_t kMaxSubmissions = 256;
constexpr uint32_t kMinCompletions = 64;
constexpr uint32_t kMaxCompletions = 32768;
constexpr uint32_t kRingsWithinMemlock = 16;

// What the kernel charges for: entries of 64 and 16 bytes, and 16 for each receive buffer's
// address.
uint64_t LockedBytes(const IoUringQueueSizes& sizes, uint32_t receive_buffers) {
  return uint64_t{sizes.submissions} * 64 + uint64_t{sizes.completions} * 16 +
         uint64_t{receive_buffers} * 16;
}

}  // namespace

bool Halve(IoUringQueueSizes& sizes) {
  const IoUringQueueSizes before = sizes;
  sizes.submissions = std::max(sizes.submissions / 2, kMinSubmissions);
  sizes.completions = std::max(sizes.completions / 2, kMinCompletions);
  return sizes.submissions < before.submissions || sizes.completions < before.completions;
}

IoUringQueueSizes QueueSizesFor(const RingOptions& options) {
  // What a turn reaps: arrivals, which take a buffer each, and the sends that answered the last
  // turn's; of few connections, each may also have the end of a receive.
  const uint64_t completions =
      options.receive_buffers + std::min(options.receive_buffers, 2 * options.max_connections);
  IoUringQueueSizes sizes = {
      .submissions =
          std::clamp(std::bit_ceil(options.max_connections), kMinSubmissions, kMaxSubmissions),
      .completions = static_cast<uint32_t>(
          std::bit_ceil(std::clamp<uint64_t>(completions, kMinCompletions, kMaxCompletions)))};
  const uint64_t max_bytes = LockableBytes() / kRingsWithinMemlock;
  while (LockedBytes(sizes, options.receive_buffers) > max_bytes && Halve(sizes)) continue;
  return sizes;
}

}  // namespace ringcached::server
