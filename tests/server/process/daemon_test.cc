// Going into the background. Whoever is to become a daemon runs in a child of the test; the daemon
// itself tells what it finds through a pipe, whose end says that it has ended.

#include "server/process/daemon.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "server/io/descriptor.h"
#include "tests/server/process/child_process.h"

namespace ringcached::server {
namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Pipe MakePipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Everything that is written into the pipe until nobody has its other end any more.
std::string ReadToEnd(Pipe pipe) {
  pipe.write.Reset();
  std::string text;
  std::array<char, 1024> piece{};
  for (;;) {
    const ssize_t bytes = read(pipe.read.get(), piece.data(), piece.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes <= 0) return text;
    text.append(piece.data(), static_cast<size_t>(bytes));
  }
}

void Write(int descriptor, const std::string& text) {
  [[maybe_unused]] const ssize_t written = write(descriptor, text.data(), text.size());
}

ptrdiff_t OpenDescriptors() {
  const std::filesystem::directory_iterator descriptors("/proc/self/fd");
  return std::distance(begin(descriptors), end(descriptors));
}

struct Result {
  int starter_status = 0;
  std::string told;  // by the daemon
};

// Has a process become a daemon and `body` run in the one that stays, whose status is the result of
// `body`.
Result Daemonize(const std::function<int(Daemon& daemon, int tell)>& body) {
  Pipe pipe = MakePipe();
  Result result;
  result.starter_status = RunInChild([&] {
    absl::StatusOr<Daemon> daemon = Daemon::Begin();
    if (!daemon.ok()) return 99;
    return body(*daemon, pipe.write.get());
  });
  result.told = ReadToEnd(std::move(pipe));
  return result;
}

TEST(DaemonTest, StaysInASessionOfItsOwn) {
  const pid_t session = getsid(0);
  const Result result = Daemonize([session](Daemon& daemon, int tell) {
    daemon.Serving(/*keep_folder=*/false, /*keep_output=*/false);
    const bool own = getsid(0) == getpid() && getsid(0) != session;
    Write(tell, own ? "own session" : "the starter's session");
    return 17;
  });
  EXPECT_EQ(result.starter_status, 0);
  EXPECT_EQ(result.told, "own session");
}

// The starter's end is what a script waits for; there must be a server then, and not before.
TEST(DaemonTest, TheStarterEndsOnlyWhenTheDaemonServes) {
  Pipe go_on = MakePipe();
  Pipe begun = MakePipe();
  const pid_t starter = fork();
  ASSERT_GE(starter, 0);
  if (starter == 0) {
    absl::StatusOr<Daemon> daemon = Daemon::Begin();
    char byte = 0;
    go_on.write.Reset();
    Write(begun.write.get(), "x");
    if (read(go_on.read.get(), &byte, 1) != 1) _exit(1);
    daemon->Serving(false, false);
    // Until the test has seen the starter's end.
    (void)!read(go_on.read.get(), &byte, 1);
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(begun.read.get(), &byte, 1), 1);
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(starter), &info, WEXITED | WNOHANG | WNOWAIT), 0);
  EXPECT_EQ(info.si_pid, 0) << "it has ended before the daemon served";
  Write(go_on.write.get(), "x");
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(starter), &info, WEXITED), 0);
  EXPECT_EQ(info.si_code, CLD_EXITED);
  EXPECT_EQ(info.si_status, 0);
}

TEST(DaemonTest, AStartThatFailsEndsTheStarterWithItsStatus) {
  for (const int status : {1, EX_OSERR, EX_USAGE, 0}) {
    const Result result = Daemonize([status](Daemon&, int) { return status; });
    EXPECT_EQ(result.starter_status, status);
  }
}

TEST(DaemonTest, AStartThatCrashesIsAnError) {
  const Result result = Daemonize([](Daemon&, int) {
    raise(SIGKILL);
    return 0;
  });
  EXPECT_EQ(result.starter_status, EX_OSERR);
}

// Whether a descriptor is /dev/null.
bool IsNull(int descriptor) {
  struct stat file {};
  struct stat null {};
  return fstat(descriptor, &file) == 0 && stat("/dev/null", &null) == 0 &&
         file.st_rdev == null.st_rdev && S_ISCHR(file.st_mode);
}

// "0": not null; "1": null; of stdin, stdout and stderr. Behind them the working folder.
std::string Surroundings() {
  std::string text;
  for (const int descriptor : {0, 1, 2}) text += IsNull(descriptor) ? '1' : '0';
  std::array<char, 4096> folder{};
  return text + (getcwd(folder.data(), folder.size()) == nullptr ? "?" : folder.data());
}

std::string SurroundingsWhenServing(bool keep_folder, bool keep_output) {
  return Daemonize([=](Daemon& daemon, int tell) {
           const Pipe output = MakePipe();
           for (const int descriptor : {0, 1, 2}) dup2(output.write.get(), descriptor);
           if (chdir("/tmp") != 0) return 1;
           const std::string before = Surroundings();
           daemon.Serving(keep_folder, keep_output);
           Write(tell, before + " " + Surroundings());
           return 0;
         })
      .told;
}

TEST(DaemonTest, GivesUpWhatTiesItToWhereItWasStarted) {
  EXPECT_EQ(SurroundingsWhenServing(/*keep_folder=*/false, /*keep_output=*/false), "000/tmp 111/");
  EXPECT_EQ(SurroundingsWhenServing(/*keep_folder=*/true, /*keep_output=*/false),
            "000/tmp 111/tmp");
  EXPECT_EQ(SurroundingsWhenServing(/*keep_folder=*/false, /*keep_output=*/true), "000/tmp 100/");
}

TEST(DaemonTest, LeavesNoDescriptorOpen) {
  const Result result = Daemonize([](Daemon& daemon, int tell) {
    const ptrdiff_t before = OpenDescriptors();
    daemon.Serving(false, false);
    Write(tell, std::to_string(before - OpenDescriptors()));
    return 0;
  });
  EXPECT_EQ(result.told, "1") << "that of the pipe to the starter";
}

// A socket under one of their numbers would be closed by a daemon that gives up its terminal.
TEST(StandardDescriptorsTest, ThoseThatAreClosedAreOpened) {
  for (unsigned closed = 0; closed < 8; ++closed) {
    const int result = RunInChild([closed] {
      const Pipe output = MakePipe();
      for (int descriptor = 0; descriptor < 3; ++descriptor) {
        dup2(output.write.get(), descriptor);
      }
      const ptrdiff_t before = OpenDescriptors();
      for (int descriptor = 0; descriptor < 3; ++descriptor) {
        if ((closed >> descriptor & 1U) != 0) close(descriptor);
      }
      OpenStandardDescriptors();
      if (OpenDescriptors() != before) return 1;
      for (int descriptor = 0; descriptor < 3; ++descriptor) {
        if (IsNull(descriptor) != ((closed >> descriptor & 1U) != 0)) return 2;
      }
      return 0;
    });
    EXPECT_EQ(result, 0) << closed;
  }
}

}  // namespace
}  // namespace ringcached::server
