// What a service manager is told: by the class alone, and by the program as it starts, reads its
// users anew and stops.

#include "server/process/service_notify.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/server/process/child_process.h"
#include "tests/server/process/notify_receiver.h"

namespace ringcached::server {
namespace {

// All that a log writes.
class LogText {
 public:
  LogText() { EXPECT_EQ(pipe(ends_.data()), 0); }
  LogText(const LogText&) = delete;
  LogText& operator=(const LogText&) = delete;
  ~LogText() { close(ends_[0]); }

  int descriptor() const { return ends_[1]; }
  // To be called once.
  std::string Take() {
    close(ends_[1]);
    std::array<char, 1024> text{};
    const ssize_t bytes = read(ends_[0], text.data(), text.size());
    return {text.data(), bytes > 0 ? static_cast<size_t>(bytes) : 0};
  }

 private:
  std::array<int, 2> ends_{};
};

class ServiceNotifyTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(folder_); }
  void TearDown() override {
    unsetenv("NOTIFY_SOCKET");
    std::filesystem::remove_all(folder_);
  }

  std::string PathOf(const std::string& name) const { return folder_ + "/" + name; }
  std::string AbstractName() const { return "@ringcached.notify." + std::to_string(getpid()); }

  const std::string folder_ = testing::TempDir() + "/rc.notify." + std::to_string(getpid());
};

// What is written to the log when `name` is the socket's and everything is told.
std::string TellAllTo(const std::string& name) {
  LogText text;
  Log log(0, text.descriptor());
  setenv("NOTIFY_SOCKET", name.c_str(), 1);
  ServiceNotify notify(log);
  notify.Serving("serving on 127.0.0.1:1", 0);
  notify.Serving("two\nlines", 77);
  notify.Reloading();
  notify.Reloaded();
  notify.Stopping();
  return text.Take();
}

void ExpectAll(NotifyReceiver& receiver) {
  EXPECT_EQ(receiver.Next(), "READY=1\nSTATUS=serving on 127.0.0.1:1");
  EXPECT_EQ(receiver.Next(), "READY=1\nSTATUS=two lines\nMAINPID=77");
  EXPECT_TRUE(receiver.Next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_EQ(receiver.Next(), "READY=1");
  EXPECT_EQ(receiver.Next(), "STOPPING=1");
}

TEST_F(ServiceNotifyTest, TellsAPathAndAnAbstractName) {
  for (const std::string& name : {PathOf("notify"), AbstractName()}) {
    NotifyReceiver receiver(name);
    EXPECT_EQ(TellAllTo(name), "") << name;
    ExpectAll(receiver);
  }
}

TEST_F(ServiceNotifyTest, TheTimeOfAReloadIsTheMonotonicClocks) {
  NotifyReceiver receiver(AbstractName());
  Log log(0);
  setenv("NOTIFY_SOCKET", AbstractName().c_str(), 1);
  ServiceNotify notify(log);
  const auto now_us = [] {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return uint64_t{1'000'000} * static_cast<uint64_t>(now.tv_sec) +
           static_cast<uint64_t>(now.tv_nsec) / 1000;
  };
  const uint64_t before_us = now_us();
  notify.Reloading();
  const std::string state = receiver.Next();
  const uint64_t told_us = std::strtoull(state.c_str() + state.rfind('=') + 1, nullptr, 10);
  EXPECT_GE(told_us, before_us);
  EXPECT_LE(told_us, now_us());
}

TEST_F(ServiceNotifyTest, WithoutASocketNothingHappens) {
  LogText text;
  Log log(0, text.descriptor());
  ServiceNotify notify(log);
  notify.Serving("serving", 0);
  notify.Stopping();
  EXPECT_EQ(text.Take(), "");
}

TEST_F(ServiceNotifyTest, TakesTheVariableOutOfTheEnvironment) {
  NotifyReceiver receiver(AbstractName());
  TellAllTo(AbstractName());
  EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr);
}

TEST_F(ServiceNotifyTest, WhatCannotBeReachedIsOneWarning) {
  EXPECT_EQ(TellAllTo("relative"),
            "ringcached: warning: NOTIFY_SOCKET=relative: expected an absolute path or @ and a "
            "name\n");
  for (const std::string& name : {PathOf("nobody"), AbstractName(), "/" + std::string(200, 'x'),
                                  std::string("@"), std::string()}) {
    const std::string warning = TellAllTo(name);
    EXPECT_TRUE(warning.starts_with("ringcached: warning: NOTIFY_SOCKET=" + name + ": "))
        << warning;
    EXPECT_EQ(warning.find('\n'), warning.size() - 1) << warning;
  }
}

TEST_F(ServiceNotifyTest, AManagerThatIsGoneIsAWarning) {
  LogText text;
  Log log(0, text.descriptor());
  NotifyReceiver receiver(AbstractName());
  setenv("NOTIFY_SOCKET", AbstractName().c_str(), 1);
  ServiceNotify notify(log);
  receiver.Close();
  notify.Stopping();
  EXPECT_TRUE(text.Take().starts_with(
      "ringcached: warning: the service manager could not be told STOPPING=1: "));
}

std::string PortIn(const std::string& state) {
  const std::string before = "STATUS=serving on 127.0.0.1:";
  const size_t at = state.find(before);
  return at == std::string::npos ? "" : state.substr(at + before.size());
}

TEST_F(ServiceNotifyTest, TheProgramTellsItsStates) {
  NotifyReceiver receiver(PathOf("notify"));
  setenv("NOTIFY_SOCKET", PathOf("notify").c_str(), 1);
  Program program({"-p", "0", "-l", "127.0.0.1"});
  const std::string ready = receiver.Next();
  EXPECT_TRUE(ready.starts_with("READY=1\n")) << ready;
  EXPECT_EQ(ready.find("MAINPID"), std::string::npos);
  const std::string port = PortIn(ready);
  EXPECT_NE(port, "") << ready;
  EXPECT_EQ(receiver.last_sender(), program.pid());
  // Whoever is told so may connect at once.
  EXPECT_NE(program.ReadOutUntil("cat <&3\n").find("127.0.0.1:" + port), std::string::npos);
  program.Send(SIGHUP);
  EXPECT_TRUE(receiver.Next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_EQ(receiver.Next(), "READY=1");
  program.Send(SIGTERM);
  EXPECT_EQ(receiver.Next(), "STOPPING=1");
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_EQ(program.ReadErr(), "");
}

// A bad file of users leaves the users before, and the server ready.
TEST_F(ServiceNotifyTest, AReloadThatFailsEndsToo) {
  NotifyReceiver receiver(AbstractName());
  setenv("NOTIFY_SOCKET", AbstractName().c_str(), 1);
  std::ofstream(PathOf("users")) << "ann:secret\n";
  Program program({"-p", "0", "-l", "127.0.0.1", "-Y", PathOf("users")});
  receiver.Next();
  std::filesystem::remove(PathOf("users"));
  program.Send(SIGHUP);
  EXPECT_TRUE(receiver.Next().starts_with("RELOADING=1\n"));
  EXPECT_EQ(receiver.Next(), "READY=1");
}

// The manager follows the process that stays, and hears of it before the other one ends.
TEST_F(ServiceNotifyTest, ADaemonNamesItself) {
  NotifyReceiver receiver(PathOf("notify"));
  setenv("NOTIFY_SOCKET", PathOf("notify").c_str(), 1);
  Program starter({"-d", "-p", "0", "-l", "127.0.0.1"});
  const std::string ready = receiver.Next();
  const pid_t daemon = receiver.last_sender();
  EXPECT_NE(daemon, starter.pid());
  EXPECT_TRUE(ready.ends_with("\nMAINPID=" + std::to_string(daemon))) << ready;
  EXPECT_EQ(starter.Wait(), 0);
  ASSERT_GT(daemon, 1);
  kill(daemon, SIGTERM);
  EXPECT_EQ(receiver.Next(), "STOPPING=1");
}

// Only root may write to the manager's socket; the server is somebody else by then.
TEST_F(ServiceNotifyTest, AChangeOfUserDoesNotTakeTheWay) {
  if (geteuid() != 0) return;  // others do not change their user
  NotifyReceiver receiver(PathOf("notify"));
  ASSERT_EQ(chmod(PathOf("notify").c_str(), S_IRUSR | S_IWUSR), 0);
  setenv("NOTIFY_SOCKET", PathOf("notify").c_str(), 1);
  Program program({"-u", "nobody", "-p", "0", "-l", "127.0.0.1"}, /*as_is=*/true);
  EXPECT_TRUE(receiver.Next().starts_with("READY=1\n"));
  program.Send(SIGTERM);
  EXPECT_EQ(receiver.Next(), "STOPPING=1");
  EXPECT_EQ(program.Wait(), 0);
}

}  // namespace
}  // namespace ringcached::server
