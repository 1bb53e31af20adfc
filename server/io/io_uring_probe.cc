// What the kernel offers, found by trying on a tiny ring: version numbers say nothing about
// containers, and multishot receive has no operation code of its own that could be asked for.

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/io/buffer_ring.h"
#include "server/io/descriptor.h"
#include "server/io/io_uring_queue.h"
#include "server/io/ring_factory.h"
#include "server/io/user_data.h"

namespace ringcached::server {
namespace {

constexpr IoUringQueueSizes kTinyQueues = {.submissions = 8, .completions = 64};
constexpr uint32_t kTinyBuffers = 2;
constexpr uint32_t kTinyBufferBytes = 16;
constexpr int kTryTimeoutMs = 200;  // for what a working kernel answers at once

constexpr std::array kOperations = {IORING_OP_ACCEPT,  IORING_OP_RECV,    IORING_OP_SEND,
                                    IORING_OP_SENDMSG, IORING_OP_CLOSE,   IORING_OP_ASYNC_CANCEL,
                                    IORING_OP_READ,    IORING_OP_SHUTDOWN};

constexpr char kTooOldOrRefused[] =
    "the kernel is too old (5.19 is needed), or the container's seccomp profile refuses a part";

absl::Status Unavailable(absl::string_view reason) {
  return absl::UnavailableError(absl::StrCat("io_uring is not available: ", reason));
}

// kernel.io_uring_disabled: '0' everyone may, '1' only a privileged group, '2' nobody; '?' where
// the kernel has no such setting.
char DisabledSetting() {
  char setting = '?';
  const UniqueFd file(::open("/proc/sys/kernel/io_uring_disabled", O_RDONLY | O_CLOEXEC));
  if (!file.valid() || ::read(file.get(), &setting, 1) != 1) return '?';
  return setting;
}

absl::Status ExplainRefusal(const absl::Status& status, int error) {
  if (error == ENOSYS) {
    return Unavailable("the kernel has none, or the container's seccomp profile hides it");
  }
  if (error != EPERM && error != EACCES) {
    return Unavailable(status.message());
  }
  switch (DisabledSetting()) {
    case '2':
      return Unavailable("the system forbids it (sysctl kernel.io_uring_disabled is 2)");
    case '1':
      return Unavailable(
          "the system keeps it to a privileged group (sysctl kernel.io_uring_disabled is 1)");
    default:
      return Unavailable("refused, most likely by the container's seccomp profile");
  }
}

// The errno of io_uring_setup itself: IoUringQueue speaks in statuses.
int SetupError() {
  io_uring ring = {};
  const int error = -io_uring_queue_init(kTinyQueues.submissions, &ring, 0);
  if (error == 0) io_uring_queue_exit(&ring);
  return error;
}

// A filter may allow setting up a ring and refuse to enter it.
bool CanEnter(io_uring* ring) { return io_uring_get_events(ring) >= 0; }

bool HasOperations(io_uring* ring) {
  const std::unique_ptr<io_uring_probe, void (*)(io_uring_probe*)> probe(
      io_uring_get_probe_ring(ring), io_uring_free_probe);
  if (probe == nullptr) return false;
  for (const io_uring_op operation : kOperations) {
    if (io_uring_opcode_supported(probe.get(), operation) == 0) return false;
  }
  return true;
}

bool HasFeatures(const io_uring& ring) {
  constexpr unsigned kNeeded = IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG | IORING_FEAT_CQE_SKIP;
  return (ring.features & kNeeded) == kNeeded;
}

struct SocketPair {
  UniqueFd ours;
  UniqueFd peer;
};

absl::StatusOr<SocketPair> MakeSocketPair() {
  std::array<int, 2> fds = {};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    return absl::ErrnoToStatus(errno, "cannot create a pair of sockets");
  }
  return SocketPair{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

// Multishot receive: one byte arrives and the receive stays armed.
bool TryMultishotReceive(IoUringQueue& queue) {
  absl::StatusOr<SocketPair> pair = MakeSocketPair();
  if (!pair.ok() || ::write(pair->peer.get(), "x", 1) != 1) return false;
  io_uring_sqe* entry = queue.NextEntry();
  io_uring_prep_recv_multishot(entry, pair->ours.get(), nullptr, 0, 0);
  io_uring_sqe_set_flags(entry, IOSQE_BUFFER_SELECT);
  entry->buf_group = BufferRing::kGroup;
  queue.Enter(kTryTimeoutMs);
  if (queue.ready() == 0) return false;
  const io_uring_cqe& cqe = queue.at(0);
  const bool stays_armed = cqe.res == 1 && (cqe.flags & IORING_CQE_F_MORE) != 0;
  queue.Pop(queue.ready());
  return stays_armed;
}

bool PeerSeesEnd(const UniqueFd& peer) {
  pollfd ended = {.fd = peer.get(), .events = POLLIN, .revents = 0};
  return ::poll(&ended, 1, kTryTimeoutMs) == 1;
}

// Kernels before 6.13 release a closed direct descriptor only after every operation that started
// before it on whatever other descriptor of the table has ended: one idle connection with an armed
// receive would keep all later connections' sockets alive. So: with a poll armed on slot 0, does
// closing slot 1 let go of its socket?
bool TryDirectDescriptors() {
  IoUringQueue queue;
  absl::StatusOr<SocketPair> idle = MakeSocketPair();
  absl::StatusOr<SocketPair> closed = MakeSocketPair();
  if (!idle.ok() || !closed.ok() || !queue.Init(kTinyQueues, false).ok()) return false;
  const std::array<int, 2> fds = {idle->ours.get(), closed->ours.get()};
  if (io_uring_register_files(queue.raw(), fds.data(), fds.size()) != 0) return false;
  closed->ours.Reset();

  io_uring_sqe* poll = queue.NextEntry();
  io_uring_prep_poll_add(poll, 0, POLLIN);
  io_uring_sqe_set_flags(poll, IOSQE_FIXED_FILE);
  io_uring_sqe* close = queue.NextEntry();
  io_uring_prep_close_direct(close, 1);
  queue.Enter(kTryTimeoutMs);
  const bool closed_well = queue.ready() == 1 && queue.at(0).res == 0;
  queue.Pop(queue.ready());
  return closed_well && PeerSeesEnd(closed->peer);
}

bool TryDeferTaskrun() {
  IoUringQueue queue;
  return queue.Init(kTinyQueues, true).ok() && queue.defers_taskrun();
}

}  // namespace

absl::StatusOr<IoUringFeatures> ProbeIoUring() {
  IoUringQueue queue;
  if (const absl::Status status = queue.Init(kTinyQueues, false); !status.ok()) {
    return ExplainRefusal(status, SetupError());
  }
  if (!CanEnter(queue.raw())) return ExplainRefusal(absl::OkStatus(), EPERM);
  if (!HasFeatures(*queue.raw()) || !HasOperations(queue.raw())) {
    return Unavailable(kTooOldOrRefused);
  }
  BufferRing buffers;
  if (const absl::Status status = buffers.Register(queue.raw(), kTinyBuffers, kTinyBufferBytes);
      !status.ok()) {
    return absl::IsResourceExhausted(status) ? Unavailable(status.message())
                                             : Unavailable(kTooOldOrRefused);
  }
  IoUringFeatures features;
  features.multishot_accept = true;  // as old as the ring of buffers that was registered above
  features.multishot_receive = TryMultishotReceive(queue);
  features.direct_descriptors = TryDirectDescriptors();
  features.defer_taskrun = TryDeferTaskrun();
  features.registered_ring_fd = queue.RegisterRingFd();
  return features;
}

}  // namespace ringcached::server
