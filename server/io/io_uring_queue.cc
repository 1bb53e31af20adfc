#include "server/io/io_uring_queue.h"

#include <algorithm>
#include <cerrno>

#include "server/io/memlock.h"
#include "server/io/require.h"
#include "server/io/ring.h"

namespace ringcached::server {
namespace {

// Attempts to submit when the kernel is short of memory for requests; each frees some.
constexpr int kMaxSubmitAttempts = 64;
// How long the destructor waits for operations to end.
constexpr int kCancelTimeoutS = 1;
// Of Ring::kWaitBriefly; the kernel's timers add about as much.
constexpr long long kBriefNs = 50'000;

// CLAMP: sizes over the kernel's limits are cut. SUBMIT_ALL: an operation that fails at once does
// not hold back those behind it.
constexpr unsigned kBaseFlags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL;

// Not an error: the wait ended without a completion, or the kernel asks to reap some first.
bool IsTransient(int error) {
  return error == ETIME || error == EINTR || error == EAGAIN || error == EBUSY;
}

}  // namespace

absl::Status IoUringQueue::Init(IoUringQueueSizes sizes, bool defer_taskrun) {
  Require(!initialised_, "a queue is initialised once");
  int error = TryInit(sizes, defer_taskrun);
  if (error == EINVAL && defer_taskrun) {
    defer_taskrun = false;
    error = TryInit(sizes, defer_taskrun);
  }
  while (error == ENOMEM && (RaiseMemlockLimit() || Halve(sizes))) {
    error = TryInit(sizes, defer_taskrun);
  }
  if (error != 0) return LockedMemoryStatus(error, "cannot create an io_uring");
  initialised_ = true;
  return absl::OkStatus();
}

int IoUringQueue::TryInit(IoUringQueueSizes sizes, bool defer_taskrun) {
  io_uring_params params = {};
  params.flags =
      kBaseFlags | (defer_taskrun ? IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN
                                  : IORING_SETUP_COOP_TASKRUN);
  params.cq_entries = std::max(sizes.completions, sizes.submissions);
  return -io_uring_queue_init_params(sizes.submissions, &ring_, &params);
}

IoUringQueue::~IoUringQueue() {
  if (!initialised_) return;
  // Closing the ring alone would end its operations later, in the background, when the memory they
  // use may be gone. Kernels before 6.0 lack this call; there the reactor's own order has to do.
  io_uring_sync_cancel_reg everything = {};
  everything.fd = -1;
  everything.flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL;
  everything.timeout.tv_sec = kCancelTimeoutS;
  io_uring_register_sync_cancel(&ring_, &everything);
  io_uring_queue_exit(&ring_);
}

bool IoUringQueue::RegisterRingFd() { return io_uring_register_ring_fd(&ring_) == 1; }

io_uring_sqe* IoUringQueue::NextEntry() {
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  if (entry == nullptr) [[unlikely]] {
    SubmitToMakeRoom();
    entry = io_uring_get_sqe(&ring_);
    Require(entry != nullptr, "the kernel takes no submissions");
  }
  return entry;
}

void IoUringQueue::SubmitToMakeRoom() {
  ++submit_retries_;
  for (int attempt = 0; attempt < kMaxSubmitAttempts; ++attempt) {
    const int submitted = io_uring_submit(&ring_);
    if (submitted > 0) return;
    if (!IsTransient(-submitted)) AbortRing("io_uring_enter", -submitted);
  }
}

void IoUringQueue::Enter(int timeout_ms) {
  io_uring_cqe* first = nullptr;
  int result = 0;
  if (timeout_ms == 0) {
    // With deferred task work nothing completes unless the enter asks for events.
    result = io_uring_submit_and_get_events(&ring_);
  } else if (timeout_ms == Ring::kWaitBriefly) {
    __kernel_timespec timeout = {.tv_sec = 0, .tv_nsec = kBriefNs};
    result = io_uring_submit_and_wait_timeout(&ring_, &first, 1, &timeout, nullptr);
  } else if (timeout_ms < 0) {
    result = io_uring_submit_and_wait_timeout(&ring_, &first, 1, nullptr, nullptr);
  } else {
    __kernel_timespec timeout = {.tv_sec = timeout_ms / 1000,
                                 .tv_nsec = timeout_ms % 1000 * 1'000'000LL};
    result = io_uring_submit_and_wait_timeout(&ring_, &first, 1, &timeout, nullptr);
  }
  if (result < 0 && !IsTransient(-result)) AbortRing("io_uring_enter", -result);
}

}  // namespace ringcached::server
