// The admin module beside the real program: where it is found, and what is said if it can't be.

#include <gtest/gtest.h>
#include <sysexits.h>
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

namespace fs = std::filesystem;

// The start screen's last line: the server serves.
constexpr char kStarted[] = "cat <&3\n";
constexpr char kModule[] = "ringcached-admin.so";

const std::vector<std::string> kArguments = {"-p", "0", "-l", "127.0.0.1", "--admin=127.0.0.1:0"};

uint16_t AdminPortIn(const std::string& screen) {
  const std::string before = "http://127.0.0.1:";
  const size_t at = screen.find(before);
  if (at == std::string::npos) return 0;
  return static_cast<uint16_t>(std::atoi(screen.c_str() + at + before.size()));
}

std::string Get(uint16_t port, const std::string& path) {
  TestClient client(port);
  client.Send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return client.ReceiveToEnd();
}

void ExpectServes(const std::string& program_path) {
  Program program(kArguments, /*as_is=*/false, program_path);
  const std::string screen = program.ReadOutUntil(kStarted);
  const uint16_t port = AdminPortIn(screen);
  ASSERT_NE(port, 0) << screen << program.ReadErr();
  EXPECT_TRUE(Get(port, "/readyz").ends_with("\r\n\r\nready\n"));
  EXPECT_NE(Get(port, "/metrics").find("\nmemcached_up 1\n"), std::string::npos);
  program.Send(SIGTERM);
  EXPECT_EQ(program.Wait(), 0) << program.ReadErr();
}

void ExpectFails(const std::string& program_path, const std::string& why) {
  Program program(kArguments, /*as_is=*/false, program_path);
  EXPECT_EQ(program.ReadOut(), "");
  const std::string error = program.ReadErr();
  EXPECT_NE(error.find("ringcached: admin: "), std::string::npos) << error;
  EXPECT_NE(error.find(why), std::string::npos) << error;
  EXPECT_EQ(program.Wait(), EX_OSERR);
}

// A folder in which the program is bin/ringcached.
class ModuleLoaderTest : public testing::Test {
 protected:
  ModuleLoaderTest() {
    fs::create_directories(root_ / "bin");
    fs::create_directories(root_ / "lib" / "ringcached");
    fs::copy_file(RINGCACHED_PROGRAM, program());
  }
  ~ModuleLoaderTest() override { fs::remove_all(root_); }

  std::string program() const { return root_ / "bin" / "ringcached"; }
  fs::path built_module() const { return fs::path(RINGCACHED_PROGRAM).parent_path() / kModule; }

  const fs::path root_ =
      fs::path(testing::TempDir()) / ("ringcached.module." + std::to_string(getpid()));
};

TEST_F(ModuleLoaderTest, IsFoundWhereItIsBuilt) { ExpectServes(RINGCACHED_PROGRAM); }

TEST_F(ModuleLoaderTest, IsFoundWhereItIsInstalled) {
  fs::copy_file(built_module(), root_ / "lib" / "ringcached" / kModule);
  ExpectServes(program());
}

TEST_F(ModuleLoaderTest, OneThatIsMissingIsNamed) {
  ExpectFails(program(), "expected the module " + (root_ / "bin" / kModule).string());
}

TEST_F(ModuleLoaderTest, WhatIsNoModuleIsRefused) {
  std::ofstream(root_ / "bin" / kModule) << "no library";
  ExpectFails(program(), "can't load");
}

TEST_F(ModuleLoaderTest, IsNotNeededWithoutTheSetting) {
  Program program({"-p", "0", "-l", "127.0.0.1"}, /*as_is=*/false, ModuleLoaderTest::program());
  EXPECT_EQ(program.ReadOutUntil(kStarted).find("admin"), std::string::npos);
  program.Send(SIGTERM);
  EXPECT_EQ(program.Wait(), 0);
}

TEST_F(ModuleLoaderTest, ATakenPortIsAnError) {
  Program first(kArguments);
  const uint16_t port = AdminPortIn(first.ReadOutUntil(kStarted));
  const std::string address = "127.0.0.1:" + std::to_string(port);
  Program second({"-p", "0", "-l", "127.0.0.1", "--admin=" + address});
  EXPECT_EQ(second.ReadOut(), "");
  EXPECT_EQ(second.ReadErr(),
            "ringcached: admin: can't listen on " + address + ": Address already in use\n");
  EXPECT_EQ(second.Wait(), EX_OSERR);
}

}  // namespace
}  // namespace ringcached::server
