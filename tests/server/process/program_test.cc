// The daemon as a program: what it prints, how it leaves, what it does with signals.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "server/io/descriptor.h"
#include "tests/server/process/child_process.h"

namespace ringcached::server {
namespace {

// The start screen's last line: the server serves.
constexpr char kStarted[] = "cat <&3\n";

struct Ended {
  int exit_code = 0;
  std::string out;
  std::string err;
};

Ended RunToEnd(const std::vector<std::string>& arguments, bool as_is = false) {
  Program program(arguments, as_is);
  Ended ended;
  ended.out = program.ReadOut();
  ended.err = program.ReadErr();
  ended.exit_code = program.Wait();
  return ended;
}

void ExpectOneLine(const std::string& text, const std::string& part) {
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

uint16_t PortIn(const std::string& screen) {
  const std::string before = "127.0.0.1:";
  const size_t at = screen.find(before);
  if (at == std::string::npos) return 0;
  return static_cast<uint16_t>(std::atoi(screen.c_str() + at + before.size()));
}

UniqueFd Connect(uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  return socket;
}

// Sends `request`, which ends the conversation, and returns all that comes back.
std::string Converse(uint16_t port, const std::string& request) {
  const UniqueFd socket = Connect(port);
  EXPECT_EQ(send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  std::string reply;
  std::array<char, 4096> piece{};
  for (ssize_t bytes = 0; (bytes = recv(socket.get(), piece.data(), piece.size(), 0)) > 0;) {
    reply.append(piece.data(), static_cast<size_t>(bytes));
  }
  return reply;
}

void ExpectServesUntil(int signal, const std::string& io) {
  Program program({"-p", "0", "-l", "127.0.0.1", "-t", "2", "--io=" + io});
  const std::string screen = program.ReadOutUntil(kStarted);
  const uint16_t port = PortIn(screen);
  ASSERT_NE(port, 0) << screen << program.ReadErr();
  EXPECT_EQ(Converse(port, "set greeting 0 0 5\r\nhello\r\nget greeting\r\nquit\r\n"),
            "STORED\r\nVALUE greeting 0 5\r\nhello\r\nEND\r\n");
  program.Send(signal);
  EXPECT_EQ(program.Wait(), 0);
  const std::string messages = program.ReadErr();
  EXPECT_EQ(messages.find("error"), std::string::npos) << messages;
}

TEST(ProgramTest, ServesUntilASignalStopsIt) {
  ExpectServesUntil(SIGTERM, "auto");
  ExpectServesUntil(SIGINT, "epoll");
  ExpectServesUntil(SIGUSR1, "epoll");
}

TEST(ProgramTest, IsNotStoppedByOtherSignals) {
  Program program({"-p", "0", "-l", "127.0.0.1"});
  const uint16_t port = PortIn(program.ReadOutUntil(kStarted));
  for (const int signal : {SIGHUP, SIGPIPE}) program.Send(signal);
  EXPECT_EQ(Converse(port, "get a\r\nquit\r\n"), "END\r\n");
  program.Send(SIGTERM);
  EXPECT_EQ(program.Wait(), 0);
}

TEST(ProgramTest, StatsSettingsAndVerbosityReachTheProgram) {
  Program program({"-p", "0", "-l", "127.0.0.1", "-o", "io=epoll", "-c", "77"});
  const uint16_t port = PortIn(program.ReadOutUntil(kStarted));
  const std::string reply = Converse(port, "verbosity 9\r\nstats settings\r\nversion\r\nquit\r\n");
  for (const std::string part : {"OK\r\n", "STAT maxconns 77\r\n", "STAT verbosity 3\r\n",
                                 "STAT io_backend epoll\r\n", "VERSION 1.6.45-ringcached-"}) {
    EXPECT_NE(reply.find(part), std::string::npos) << part << " is not in\n" << reply;
  }
  EXPECT_NE(reply.find("STAT tcpport " + std::to_string(port) + "\r\n"), std::string::npos);
}

TEST(ProgramTest, ATakenPortIsOneLineWithTheWayOut) {
  Program first({"-p", "0", "-l", "127.0.0.1"});
  const uint16_t port = PortIn(first.ReadOutUntil(kStarted));
  const Ended second = RunToEnd({"-p", std::to_string(port), "-l", "127.0.0.1"});
  EXPECT_EQ(second.exit_code, 71);
  EXPECT_EQ(second.out, "");
  ExpectOneLine(second.err, "make run ARGS='-p 11311'");
  ExpectOneLine(second.err, std::to_string(port));
}

TEST(ProgramTest, WritesThePortFile) {
  const std::string path = ::testing::TempDir() + "/ringcached.program." + std::to_string(getpid());
  setenv("MEMCACHED_PORT_FILENAME", path.c_str(), 1);
  Program program({"-p", "0", "-l", "127.0.0.1"});
  unsetenv("MEMCACHED_PORT_FILENAME");
  const uint16_t port = PortIn(program.ReadOutUntil(kStarted));
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  EXPECT_EQ(line, "TCP INET: " + std::to_string(port));
  unlink(path.c_str());
}

// Root must say that it means it; for others -u has no meaning, whatever it says.
TEST(ProgramTest, RootNeedsAUser) {
  if (geteuid() == 0) {
    const Ended ended = RunToEnd({"-p", "0", "-l", "127.0.0.1"}, /*as_is=*/true);
    EXPECT_EQ(ended.exit_code, 64);
    ExpectOneLine(ended.err, "can't run as root without -u USER");
    EXPECT_EQ(RunToEnd({"-u", "no-such-user", "-p", "0"}, /*as_is=*/true).exit_code, 67);
    return;
  }
  Program program({"-u", "no-such-user", "-p", "0", "-l", "127.0.0.1"});
  EXPECT_NE(PortIn(program.ReadOutUntil(kStarted)), 0);
}

TEST(ProgramTest, LeavesWithMemcachedsExitCodes) {
  EXPECT_EQ(RunToEnd({"-h"}).exit_code, 0);
  EXPECT_EQ(RunToEnd({"-t", "0"}).exit_code, 1);
  EXPECT_EQ(RunToEnd({"-m", "12x"}).exit_code, 64);
  const Ended unknown = RunToEnd({"--bogus"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_EQ(unknown.out, "");
  ExpectOneLine(unknown.err, "--bogus");
}

TEST(ProgramTest, ChecksAConfiguration) {
  const std::string file = std::string("--config=") + RINGCACHED_SAMPLE_CONFIG;
  const Ended good = RunToEnd({file, "--check-config"});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  ExpectOneLine(good.out, "valid");
  const Ended bad = RunToEnd({file, "--check-config", "-t", "0"});
  EXPECT_EQ(bad.exit_code, 64);
  ExpectOneLine(bad.err, "-t 0");
}

// What a start with them would say.
TEST(ProgramTest, ChecksTellWhatIsIgnored) {
  const Ended quiet = RunToEnd({"--check-config", "-f", "1.25"});
  EXPECT_EQ(quiet.exit_code, 0);
  EXPECT_EQ(quiet.err, "");
  const Ended verbose = RunToEnd({"--check-config", "-v", "-f", "1.25"});
  EXPECT_EQ(verbose.exit_code, 0);
  EXPECT_EQ(verbose.out, "ringcached: the configuration is valid\n");
  ExpectOneLine(verbose.err, "-f (--slab-growth-factor): has no meaning here");
  ExpectOneLine(RunToEnd({"--check-config", "-t", "65"}).err, "warning: -t 65");
}

}  // namespace
}  // namespace ringcached::server
