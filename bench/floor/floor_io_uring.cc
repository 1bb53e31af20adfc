// A server that answers every line with the same hit, by io_uring: receives that go on by
// themselves into buffers that are given in a ring, one send for what a receive brought, and one
// system call for all that is to be sent and waited for.

#include <liburing.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/floor/canned.h"

namespace ringcached::floor {
namespace {

constexpr unsigned kEntries = 4096;
constexpr unsigned kCompletions = 16384;
constexpr unsigned kBuffers = 4096;  // a power of two
constexpr size_t kBufferBytes = 4096;
constexpr uint16_t kBufferGroup = 0;

volatile std::sig_atomic_t stopped = 0;

enum class Kind : uint64_t { kAccept, kReceive, kSend };

uint64_t Tag(Kind kind, int fd) {
  return static_cast<uint64_t>(kind) << 32 | static_cast<uint32_t>(fd);
}

class UringFloor {
 public:
  explicit UringFloor(server::UniqueFd listener) : listener_(std::move(listener)) {}
  ~UringFloor() {
    if (buffers_ != nullptr) munmap(buffers_, kBuffers * sizeof(io_uring_buf));
    if (open_) io_uring_queue_exit(&ring_);
  }
  UringFloor(const UringFloor&) = delete;
  UringFloor& operator=(const UringFloor&) = delete;

  int Run() {
    if (!Open() || !GiveBuffers()) return EX_UNAVAILABLE;
    Accept();
    while (stopped == 0) {
      io_uring_submit_and_wait(&ring_, 1);
      Turn();
    }
    return EXIT_SUCCESS;
  }

 private:
  bool Open() {
    io_uring_params params{};
    params.flags = IORING_SETUP_CQSIZE | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    params.cq_entries = kCompletions;
    open_ = io_uring_queue_init_params(kEntries, &ring_, &params) == 0;
    if (!open_) std::fputs("the kernel offers no io_uring with deferred task work\n", stderr);
    return open_;
  }

  bool GiveBuffers() {
    const size_t ring_bytes = kBuffers * sizeof(io_uring_buf);
    void* const memory =
        mmap(nullptr, ring_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return false;
    buffers_ = static_cast<io_uring_buf_ring*>(memory);
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<uint64_t>(buffers_);
    registration.ring_entries = kBuffers;
    registration.bgid = kBufferGroup;
    if (io_uring_register_buf_ring(&ring_, &registration, 0) != 0) return false;
    io_uring_buf_ring_init(buffers_);
    for (uint16_t id = 0; id < kBuffers; ++id) Return(id, id);
    io_uring_buf_ring_advance(buffers_, kBuffers);
    return true;
  }

  char* Buffer(uint16_t id) { return memory_.data() + id * kBufferBytes; }

  void Return(uint16_t id, int offset) {
    io_uring_buf_ring_add(buffers_, Buffer(id), kBufferBytes, id, io_uring_buf_ring_mask(kBuffers),
                          offset);
  }

  io_uring_sqe* Next() {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    if (entry == nullptr) {
      io_uring_submit(&ring_);
      entry = io_uring_get_sqe(&ring_);
    }
    return entry;
  }

  void Accept() {
    io_uring_sqe* const entry = Next();
    io_uring_prep_multishot_accept(entry, listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    io_uring_sqe_set_data64(entry, Tag(Kind::kAccept, 0));
  }

  void Receive(int client) {
    io_uring_sqe* const entry = Next();
    io_uring_prep_recv_multishot(entry, client, nullptr, 0, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    entry->buf_group = kBufferGroup;
    io_uring_sqe_set_data64(entry, Tag(Kind::kReceive, client));
  }

  void Turn() {
    io_uring_cqe* completion = nullptr;
    unsigned head = 0;
    unsigned seen = 0;
    io_uring_for_each_cqe(&ring_, head, completion) {
      Serve(*completion);
      ++seen;
    }
    io_uring_cq_advance(&ring_, seen);
  }

  void Serve(const io_uring_cqe& completion) {
    const auto fd = static_cast<int>(static_cast<uint32_t>(completion.user_data));
    const bool goes_on = (completion.flags & IORING_CQE_F_MORE) != 0;
    switch (static_cast<Kind>(completion.user_data >> 32)) {
      case Kind::kAccept:
        if (completion.res >= 0) {
          Prepare(completion.res);
          Receive(completion.res);
        }
        if (!goes_on) Accept();
        return;
      case Kind::kReceive:
        return Received(fd, completion, goes_on);
      case Kind::kSend:
        return;
    }
  }

  void Received(int client, const io_uring_cqe& completion, bool goes_on) {
    if (completion.res > 0) {
      const auto id = static_cast<uint16_t>(completion.flags >> IORING_CQE_BUFFER_SHIFT);
      Send(client, {Buffer(id), static_cast<size_t>(completion.res)});
      Return(id, 0);
      io_uring_buf_ring_advance(buffers_, 1);
    } else if (completion.res != -ENOBUFS) {
      close(client);
      return;
    }
    if (!goes_on) Receive(client);
  }

  void Send(int client, std::string_view received) {
    const std::string_view reply = replies_.For(CountRequests(received));
    io_uring_sqe* const entry = Next();
    io_uring_prep_send(entry, client, reply.data(), reply.size(), MSG_WAITALL | MSG_NOSIGNAL);
    // Of a send that went well nothing is said.
    entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
    io_uring_sqe_set_data64(entry, Tag(Kind::kSend, client));
  }

  const server::UniqueFd listener_;
  const CannedReplies replies_;
  std::vector<char> memory_ = std::vector<char>(kBuffers * kBufferBytes);
  io_uring ring_{};
  bool open_ = false;
  io_uring_buf_ring* buffers_ = nullptr;
};

int Main(int argc, char** argv) {
  struct sigaction action {};
  action.sa_handler = [](int) { stopped = 1; };
  sigaction(SIGTERM, &action, nullptr);
  return UringFloor(Listen(argc, argv)).Run();
}

}  // namespace
}  // namespace ringcached::floor

int main(int argc, char** argv) { return ringcached::floor::Main(argc, argv); }
