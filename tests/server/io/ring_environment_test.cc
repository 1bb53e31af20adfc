// Where the process may not do what it would like to: each case is a child process that first gives
// up the right in question, because none of them can be taken back.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "server/io/ring_factory.h"
#include "tests/system_call_refusal.h"

namespace ringcached::server {
namespace {

constexpr uid_t kNobody = 65534;

#define CHILD_CHECK(condition, text)                                                   \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      std::fprintf(stderr, "line %d: %s: %s\n", __LINE__, #condition, (text).c_str()); \
      return false;                                                                    \
    }                                                                                  \
  } while (false)

// Runs `body` in a child; true if it returned true there.
bool InChild(const std::function<bool()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body() ? 0 : 1);
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool SetLimit(int resource, rlim_t soft, rlim_t hard) {
  const rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
  return ::setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0;
}

bool HasIoUring() { return ProbeIoUring().ok(); }

std::string Message(const absl::Status& status) { return std::string(status.message()); }

// kAuto falls back, kIoUring says why it cannot.
bool FallsBackToEpoll(const std::string& reason) {
  const auto automatic = MakeRing(IoBackend::kAuto, {});
  CHILD_CHECK(automatic.ok(), Message(automatic.status()));
  CHILD_CHECK((*automatic)->Describe() == "epoll", (*automatic)->Describe());
  const auto forced = MakeRing(IoBackend::kIoUring, {});
  CHILD_CHECK(absl::IsUnavailable(forced.status()), Message(forced.status()));
  CHILD_CHECK(Message(forced.status()).find(reason) != std::string::npos, Message(forced.status()));
  return true;
}

TEST(RingEnvironment, SeccompThatRefusesIoUringGivesEpoll) {
  EXPECT_TRUE(InChild([] {
    return RefuseSystemCall(SYS_io_uring_setup, EPERM) && FallsBackToEpoll("seccomp profile");
  }));
}

TEST(RingEnvironment, SeccompThatHidesIoUringGivesEpoll) {
  EXPECT_TRUE(InChild([] {
    return RefuseSystemCall(SYS_io_uring_setup, ENOSYS) && FallsBackToEpoll("the kernel has none");
  }));
}

TEST(RingEnvironment, SeccompThatRefusesTheOtherCallsGivesEpoll) {
  if (!HasIoUring()) GTEST_SKIP() << ProbeIoUring().status();
  EXPECT_TRUE(InChild([] {
    return RefuseSystemCall(SYS_io_uring_enter, EPERM) && FallsBackToEpoll("seccomp profile");
  }));
  EXPECT_TRUE(InChild([] {
    return RefuseSystemCall(SYS_io_uring_register, EPERM) && FallsBackToEpoll("container");
  }));
}

TEST(RingEnvironment, LittleLockableMemoryGivesARingOrAClearError) {
  if (!HasIoUring()) GTEST_SKIP() << ProbeIoUring().status();
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{16} << 10, rlim_t{64} << 10, rlim_t{8} << 20}) {
    EXPECT_TRUE(InChild([bytes] {
      // Root may lock what it likes.
      if (!SetLimit(RLIMIT_MEMLOCK, bytes, bytes)) return false;
      if (::geteuid() == 0 && ::setuid(kNobody) != 0) return false;
      const auto ring = MakeRing(IoBackend::kIoUring, {.max_connections = 10'000});
      if (ring.ok()) return (*ring)->SubmitAndWait(0).empty();
      CHILD_CHECK(Message(ring.status()).find("RLIMIT_MEMLOCK") != std::string::npos,
                  Message(ring.status()));
      const auto automatic = MakeRing(IoBackend::kAuto, {});
      CHILD_CHECK(automatic.ok(), Message(automatic.status()));
      return true;
    })) << bytes;
  }
}

TEST(RingEnvironment, ASoftMemoryLimitIsRaised) {
  if (!HasIoUring()) GTEST_SKIP() << ProbeIoUring().status();
  EXPECT_TRUE(InChild([] {
    if (!SetLimit(RLIMIT_MEMLOCK, 0, rlim_t{8} << 20)) return false;
    if (::geteuid() == 0 && ::setuid(kNobody) != 0) return false;
    const auto ring = MakeRing(IoBackend::kIoUring, {.max_connections = 10'000});
    CHILD_CHECK(ring.ok(), Message(ring.status()));
    return true;
  }));
}

TEST(RingEnvironment, FewDescriptorsMeanNoTableOfThem) {
  if (!HasIoUring()) GTEST_SKIP() << ProbeIoUring().status();
  EXPECT_TRUE(InChild([] {
    if (!SetLimit(RLIMIT_NOFILE, 64, 64)) return false;
    const auto ring = MakeRing(IoBackend::kIoUring, {.max_connections = 1024});
    CHILD_CHECK(ring.ok(), Message(ring.status()));
    const std::string text = (*ring)->Describe();
    CHILD_CHECK(text.find("direct descriptors") == std::string::npos, text);
    return true;
  }));
}

TEST(RingEnvironment, BadOptionsAreRefused) {
  const auto refused = [](const RingOptions& options) {
    return absl::IsInvalidArgument(MakeRing(IoBackend::kEpoll, options).status());
  };
  EXPECT_TRUE(refused({.max_connections = 0}));
  EXPECT_TRUE(refused({.max_connections = (1u << 20) + 1}));
  EXPECT_TRUE(refused({.receive_buffers = 0}));
  EXPECT_TRUE(refused({.receive_buffers = 3}));
  EXPECT_TRUE(refused({.receive_buffers = 65536}));
  EXPECT_TRUE(refused({.receive_buffer_bytes = 0}));
  EXPECT_TRUE(refused({.max_completions_per_turn = 3}));
  EXPECT_FALSE(refused({}));
}

}  // namespace
}  // namespace ringcached::server
