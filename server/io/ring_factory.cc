#include "server/io/ring_factory.h"

#include <bit>

#include "server/io/epoll_ring.h"
#include "server/io/io_uring.h"

namespace ringcached::server {
namespace {

constexpr uint32_t kMaxReceiveBuffers = 32768;  // what a kernel's buffer ring holds
constexpr uint32_t kMaxReceiveBufferBytes = 1u << 30;
constexpr uint32_t kMaxConnections = 1u << 20;  // per ring; the kernel's fixed-file limit
constexpr uint32_t kMinCompletionsPerTurn = 4;  // what one connection may need at once

absl::Status Validate(const RingOptions& options) {
  if (options.max_connections == 0 || options.max_connections > kMaxConnections) {
    return absl::InvalidArgumentError("a ring has 1 to 1048576 connections");
  }
  if (!std::has_single_bit(options.receive_buffers) ||
      options.receive_buffers > kMaxReceiveBuffers) {
    return absl::InvalidArgumentError("receive_buffers is a power of two up to 32768");
  }
  if (options.receive_buffer_bytes == 0 || options.receive_buffer_bytes > kMaxReceiveBufferBytes) {
    return absl::InvalidArgumentError("a receive buffer has 1 byte to 1 GiB");
  }
  if (options.max_completions_per_turn < kMinCompletionsPerTurn) {
    return absl::InvalidArgumentError("a turn has at least 4 completions");
  }
  return absl::OkStatus();
}

IoUringFeatures Both(const IoUringFeatures& wanted, const IoUringFeatures& present) {
  return {.multishot_accept = wanted.multishot_accept && present.multishot_accept,
          .multishot_receive = wanted.multishot_receive && present.multishot_receive,
          .direct_descriptors = wanted.direct_descriptors && present.direct_descriptors,
          .defer_taskrun = wanted.defer_taskrun && present.defer_taskrun,
          .registered_ring_fd = wanted.registered_ring_fd && present.registered_ring_fd};
}

absl::StatusOr<std::unique_ptr<Ring>> MakeProbedIoUringRing(const RingOptions& options,
                                                            const IoUringFeatures& wanted) {
  const absl::StatusOr<IoUringFeatures> present = ProbeIoUring();
  if (!present.ok()) return present.status();
  return MakeIoUringRing(options, Both(wanted, *present), QueueSizesFor(options));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Ring>> MakeRing(IoBackend backend, const RingOptions& options,
                                               const IoUringFeatures& wanted) {
  if (absl::Status status = Validate(options); !status.ok()) return status;
  if (backend == IoBackend::kEpoll) return EpollRing::Create(options);
  absl::StatusOr<std::unique_ptr<Ring>> ring = MakeProbedIoUringRing(options, wanted);
  if (ring.ok() || backend == IoBackend::kIoUring) return ring;
  return EpollRing::Create(options);
}

}  // namespace ringcached::server
