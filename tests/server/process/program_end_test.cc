// The ways in which the program ends beside SIGTERM, and how it goes into the background.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/server/net/test_client.h"
#include "tests/server/process/child_process.h"

namespace ringcached::server {
namespace {

// The start screen's last line: the server serves.
constexpr char kStarted[] = "cat <&3\n";

uint16_t PortIn(const std::string& screen) {
  const std::string before = "127.0.0.1:";
  const size_t at = screen.find(before);
  if (at == std::string::npos) return 0;
  return static_cast<uint16_t>(std::atoi(screen.c_str() + at + before.size()));
}

// The port of a program that serves.
uint16_t WaitForPort(Program& program) {
  const uint16_t port = PortIn(program.ReadOutUntil(kStarted));
  EXPECT_NE(port, 0);
  return port;
}

TEST(ProgramEndTest, ShutdownEndsItIfThatIsAllowed) {
  for (const std::string request : {"shutdown\r\n", "shutdown graceful\r\n"}) {
    Program program({"-p", "0", "-l", "127.0.0.1", "-A", "-v"});
    TestClient client(WaitForPort(program));
    EXPECT_EQ(client.Ask("get a\r\n", "END\r\n"), "END\r\n");
    client.Send(request);
    EXPECT_EQ(client.ReceiveToEnd(), "") << request;
    EXPECT_EQ(program.Wait(), 0) << request;
    const std::string log = program.ReadErr();
    EXPECT_EQ(log.find("error"), std::string::npos);
    EXPECT_NE(log.find("stopping after a client's shutdown\n"), std::string::npos) << log;
  }
}

// Without -A nobody ends it from afar, and with it not by a word that it does not know.
TEST(ProgramEndTest, ShutdownIsRefusedOtherwise) {
  Program forbids({"-p", "0", "-l", "127.0.0.1"});
  TestClient client(WaitForPort(forbids));
  const std::string refusal = "SERVER_ERROR: shutdown not enabled\r\n";
  EXPECT_EQ(client.Ask("shutdown\r\n", refusal), refusal);
  EXPECT_EQ(client.Ask("get a\r\n", "END\r\n"), "END\r\n");
  forbids.Send(SIGTERM);
  EXPECT_EQ(forbids.Wait(), 0);

  Program allows({"-p", "0", "-l", "127.0.0.1", "-A"});
  TestClient other(WaitForPort(allows));
  other.Send("shutdown now\r\n");
  EXPECT_NE(other.ReceiveUntil("\r\n").find("ERROR"), std::string::npos);
  EXPECT_EQ(other.Ask("get a\r\n", "END\r\n"), "END\r\n");
}

TEST(ProgramEndTest, Sigusr1EndsIt) {
  Program program({"-p", "0", "-l", "127.0.0.1", "-v"});
  TestClient client(WaitForPort(program));
  EXPECT_EQ(client.Ask("get a\r\n", "END\r\n"), "END\r\n");
  program.Send(SIGUSR1);
  EXPECT_EQ(client.ReceiveToEnd(), "");
  EXPECT_EQ(program.Wait(), 0);
  const std::string reason = "stopping after signal " + std::to_string(SIGUSR1) + "\n";
  EXPECT_NE(program.ReadErr().find(reason), std::string::npos);
}

// The kernel takes a killed server's rings, and with them its sockets, apart a little later.
TEST(ProgramEndTest, TheNextServerHasAKilledOnesPort) {
  std::string port = "0";
  for (int i = 0; i < 5; ++i) {
    Program program({"-p", port, "-l", "127.0.0.1"});
    port = std::to_string(WaitForPort(program));
    program.Send(SIGKILL);
    program.Wait();
  }
  Program last({"-p", port, "-l", "127.0.0.1"});
  TestClient client(WaitForPort(last));
  EXPECT_EQ(client.Ask("get a\r\n", "END\r\n"), "END\r\n");
}

class DaemonProgramTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(folder_); }
  // A daemon that a failed test has left behind must not stay.
  void TearDown() override {
    if (const pid_t daemon = PidInFile(); daemon > 0) kill(daemon, SIGKILL);
    std::filesystem::remove_all(folder_);
  }

  // 0: there is no file.
  pid_t PidInFile() const {
    pid_t pid = 0;
    std::ifstream(PathOf("pid")) >> pid;
    return pid;
  }
  std::string PathOf(const std::string& name) const { return folder_ + "/" + name; }

  const std::string folder_ = testing::TempDir() + "/rc.daemon." + std::to_string(getpid());
};

TEST_F(DaemonProgramTest, ServesWhenItsStarterHasEnded) {
  setenv("MEMCACHED_PORT_FILENAME", PathOf("port").c_str(), 1);
  Program starter({"-d", "-A", "-p", "0", "-l", "127.0.0.1", "-P", PathOf("pid")});
  unsetenv("MEMCACHED_PORT_FILENAME");
  const pid_t starter_pid = starter.pid();
  EXPECT_EQ(starter.Wait(), 0);
  const pid_t daemon = PidInFile();
  ASSERT_GT(daemon, 0);
  EXPECT_NE(daemon, starter_pid);
  EXPECT_EQ(getsid(daemon), daemon);
  std::string word;
  uint16_t port = 0;
  std::ifstream(PathOf("port")) >> word >> word >> port;
  ASSERT_NE(port, 0);
  TestClient client(port);
  client.Send("shutdown\r\n");
  EXPECT_EQ(client.ReceiveToEnd(), "");
  // The daemon has given up its output, which therefore has an end.
  EXPECT_NE(starter.ReadOut().find("127.0.0.1:"), std::string::npos);
}

// Its listener would get the number of stdin, which a daemon turns to /dev/null.
TEST_F(DaemonProgramTest, ServesWithoutAStdin) {
  const int result = RunInChild([this] {
    close(STDIN_FILENO);
    setenv("MEMCACHED_PORT_FILENAME", PathOf("port").c_str(), 1);
    Program starter({"-d", "-p", "0", "-l", "127.0.0.1", "-P", PathOf("pid"), "--io=epoll"});
    return starter.Wait();
  });
  EXPECT_EQ(result, 0);
  std::string word;
  uint16_t port = 0;
  std::ifstream(PathOf("port")) >> word >> word >> port;
  ASSERT_NE(port, 0);
  TestClient client(port);
  EXPECT_EQ(client.Ask("get a\r\n", "END\r\n"), "END\r\n");
}

TEST_F(DaemonProgramTest, AStartThatFailsIsTheStartersFailure) {
  Program first({"-p", "0", "-l", "127.0.0.1"});
  const std::string port = std::to_string(WaitForPort(first));
  // Before it went into the background.
  Program taken({"-d", "-p", port, "-l", "127.0.0.1", "-P", PathOf("pid")});
  EXPECT_EQ(taken.Wait(), 71);
  EXPECT_NE(taken.ReadErr().find(port), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(PathOf("pid")));
}

#ifndef RINGCACHED_SANITIZED
// In the background already: there is no address space for the cache. (Sanitizers need more.)
TEST_F(DaemonProgramTest, AFailureInTheBackgroundIsTheStartersTooAndIsHeardOf) {
  const int result = RunInChild([this] {
    constexpr rlim_t kBytes = rlim_t{1} << 30;
    const rlimit limit{kBytes, kBytes};
    if (setrlimit(RLIMIT_AS, &limit) != 0) return 1;
    Program starter({"-d", "-m", "4096", "-p", "0", "-l", "127.0.0.1", "-P", PathOf("pid")});
    const int status = starter.Wait();
    return starter.ReadErr().find("no memory") == std::string::npos ? 2 : status;
  });
  EXPECT_EQ(result, 71);
  EXPECT_FALSE(std::filesystem::exists(PathOf("pid")));
}
#endif  // RINGCACHED_SANITIZED

// The file goes with the server.
TEST_F(DaemonProgramTest, ThePidFileIsThereAsLongAsItServes) {
  Program program({"-p", "0", "-l", "127.0.0.1", "-P", PathOf("pid")});
  WaitForPort(program);
  EXPECT_EQ(PidInFile(), program.pid());
  program.Send(SIGTERM);
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_FALSE(std::filesystem::exists(PathOf("pid")));
}

}  // namespace
}  // namespace ringcached::server
