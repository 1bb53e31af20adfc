// Sockets that a supervisor has opened, in a child process whose descriptors from 3 on are the
// test's to choose.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/io/descriptor.h"
#include "server/net/inherited_listeners.h"
#include "server/net/unix_listener.h"

namespace ringcached::server {
namespace {

constexpr int kFirst = 3;

// Runs `body` in a child that has `sockets` at 3 and behind; returns what it returns.
int RunWith(const std::vector<int>& sockets, const std::function<int()>& body) {
  const pid_t pid = fork();
  EXPECT_GE(pid, 0);
  if (pid == 0) {
    // Out of the way of the places where they are to be.
    std::vector<int> moved;
    for (const int socket : sockets) moved.push_back(fcntl(socket, F_DUPFD, 100));
    for (int i = 0; i < static_cast<int>(moved.size()); ++i) {
      dup2(moved[static_cast<size_t>(i)], kFirst + i);
    }
    setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
    setenv("LISTEN_FDS", std::to_string(sockets.size()).c_str(), 1);
    setenv("LISTEN_FDNAMES", "name", 1);
    _exit(body());
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool VariablesAreGone() {
  return getenv("LISTEN_PID") == nullptr && getenv("LISTEN_FDS") == nullptr &&
         getenv("LISTEN_FDNAMES") == nullptr;
}

bool IsNonBlockingAndClosedOnExec(int descriptor) {
  return (fcntl(descriptor, F_GETFL) & O_NONBLOCK) != 0 &&
         (fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0;
}

// A listening socket as a supervisor leaves it: blocking, and without options.
UniqueFd PlainListener() {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(listen(socket.get(), 5), 0);
  return socket;
}

std::string UnixPath() { return testing::TempDir() + "/rc.inherited." + std::to_string(getpid()); }

TEST(InheritListenersTest, TakesThoseThatAreThereAndKnowsTheirAddresses) {
  const UniqueFd tcp = PlainListener();
  const std::string path = UnixPath();
  const auto local = BindUnixListener(path, 0600, 5);
  ASSERT_TRUE(local.ok()) << local.status();
  const int result = RunWith({tcp.get(), local->socket.get()}, [&path] {
    const auto listeners = InheritListeners();
    if (!listeners.ok() || listeners->size() != 2) return 1;
    const Listener& first = listeners->at(0);
    const Listener& second = listeners->at(1);
    if (first.socket.get() != kFirst || second.socket.get() != kFirst + 1) return 2;
    if (first.address.port == 0 || first.address.unix_socket) return 3;
    if (first.address.text != "127.0.0.1:" + std::to_string(first.address.port)) return 4;
    if (!second.address.unix_socket || second.address.text != path) return 5;
    if (!IsNonBlockingAndClosedOnExec(kFirst)) return 6;
    if (!IsNonBlockingAndClosedOnExec(kFirst + 1)) return 7;
    return VariablesAreGone() ? 0 : 8;
  });
  EXPECT_EQ(result, 0);
  unlink(path.c_str());
}

// They are a process's own: what it starts must not take them for its.
TEST(InheritListenersTest, LeavesThoseOfAnotherProcessAlone) {
  const UniqueFd tcp = PlainListener();
  const int result = RunWith({tcp.get()}, [] {
    setenv("LISTEN_PID", std::to_string(getppid()).c_str(), 1);
    const auto listeners = InheritListeners();
    if (!listeners.ok() || !listeners->empty()) return 1;
    if (fcntl(kFirst, F_GETFD) < 0) return 2;
    return VariablesAreGone() ? 0 : 3;
  });
  EXPECT_EQ(result, 0);
}

TEST(InheritListenersTest, ThereNeedNotBeAny) {
  const int none = RunWith({}, [] {
    const auto listeners = InheritListeners();
    return listeners.ok() && listeners->empty() && VariablesAreGone() ? 0 : 1;
  });
  EXPECT_EQ(none, 0);
  const int half = RunWith({}, [] {
    unsetenv("LISTEN_FDS");
    const auto listeners = InheritListeners();
    return listeners.ok() && listeners->empty() && VariablesAreGone() ? 0 : 1;
  });
  EXPECT_EQ(half, 0);
}

// The result of InheritListeners() with a second descriptor that is no listener.
int InheritBeside(int other) {
  const UniqueFd tcp = PlainListener();
  return RunWith({tcp.get(), other}, [] {
    const absl::Status status = InheritListeners().status();
    if (!absl::IsInvalidArgument(status)) return 1;
    if (status.message().find("descriptor 4") == absl::string_view::npos) return 2;
    return VariablesAreGone() ? 0 : 3;
  });
}

TEST(InheritListenersTest, WhatDoesNotListenIsAnError) {
  const UniqueFd connecting(socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(InheritBeside(connecting.get()), 0);
  const UniqueFd datagrams(socket(AF_INET, SOCK_DGRAM, 0));
  EXPECT_EQ(InheritBeside(datagrams.get()), 0);
  const UniqueFd file(open("/dev/null", O_RDONLY));
  EXPECT_EQ(InheritBeside(file.get()), 0);
}

TEST(InheritListenersTest, ANumberThatMakesNoSenseIsAnError) {
  for (const std::string number : {"x", "-1", "", "65", "99999999999999999999", "1 "}) {
    const int result = RunWith({}, [&number] {
      setenv("LISTEN_FDS", number.c_str(), 1);
      const absl::Status status = InheritListeners().status();
      if (!absl::IsInvalidArgument(status)) return 1;
      return VariablesAreGone() ? 0 : 2;
    });
    EXPECT_EQ(result, 0) << "LISTEN_FDS=" << number;
  }
}

// A path of the greatest length leaves no room for its end in the structure.
TEST(InheritListenersTest, APathOfTheGreatestLengthIsKnownWhole) {
  sockaddr_storage storage{};
  storage.ss_family = AF_UNIX;
  constexpr size_t kPathBytes = 108;
  std::string path = UnixPath();
  path.append(kPathBytes - path.size(), 'x');
  path.copy(reinterpret_cast<char*>(&storage) + sizeof(sa_family_t), kPathBytes);
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&storage),
                 static_cast<socklen_t>(sizeof(sa_family_t) + kPathBytes)),
            0);
  ASSERT_EQ(listen(socket.get(), 5), 0);
  const int result = RunWith({socket.get()}, [&path] {
    const auto listeners = InheritListeners();
    if (!listeners.ok() || listeners->size() != 1) return 1;
    return listeners->front().address.text == path ? 0 : 2;
  });
  EXPECT_EQ(result, 0);
  unlink(path.c_str());
}

}  // namespace
}  // namespace ringcached::server
