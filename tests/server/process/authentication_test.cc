// The daemon with a file of users: nothing but authentication works before it, in both dialects,
// and SIGHUP changes who may.

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "tests/server/net/test_client.h"
#include "tests/server/process/child_process.h"

namespace ringcached::server {
namespace {

constexpr char kStored[] = "STORED\r\n";
constexpr char kFailure[] = "CLIENT_ERROR authentication failure\r\n";
constexpr char kUnauthenticated[] = "CLIENT_ERROR unauthenticated\r\n";

std::string Token(const std::string& user, const std::string& password) {
  const std::string token = user + " " + password;
  return "set any 0 0 " + std::to_string(token.size()) + "\r\n" + token + "\r\n";
}

// A packet without extras.
std::string Packet(char opcode, const std::string& key, const std::string& value) {
  std::string packet(24, '\0');
  packet[0] = '\x80';
  packet[1] = opcode;
  packet[3] = static_cast<char>(key.size());
  packet[11] = static_cast<char>(key.size() + value.size());
  return packet + key + value;
}

std::string PlainMessage(const std::string& user, const std::string& password) {
  const std::string nul(1, '\0');
  return nul + user + nul + password;
}

class AuthenticationTest : public testing::Test {
 protected:
  AuthenticationTest() { WriteUsers("ann:secret\nbob:other\n"); }
  ~AuthenticationTest() override { unlink(path_.c_str()); }

  void WriteUsers(const std::string& text) const { std::ofstream(path_) << text; }

  // Starts the daemon; its port.
  void Start(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"-p", "0", "-l", "127.0.0.1", "-v", "-Y", path_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    program_ = std::make_unique<Program>(arguments);
    const std::string screen = program_->ReadOutUntil("cat <&3\n");
    const std::string before = "127.0.0.1:";
    const size_t at = screen.find(before);
    ASSERT_NE(at, std::string::npos) << screen << program_->ReadErr();
    port_ = static_cast<uint16_t>(std::atoi(screen.c_str() + at + before.size()));
  }
  // Whether somebody may enter just now.
  bool MayEnter(const std::string& user, const std::string& password) const {
    return TestClient(port_).Ask(Token(user, password), kStored) == kStored;
  }
  static void WaitUntil(const std::function<bool()>& condition) {
    while (!condition()) std::this_thread::yield();
  }
  std::string Stop() {
    program_->Send(SIGTERM);
    std::string messages = program_->ReadErr();
    EXPECT_EQ(program_->Wait(), 0);
    return messages;
  }

  const std::string path_ = testing::TempDir() + "/users-of-" + std::to_string(getpid());
  std::unique_ptr<Program> program_;
  uint16_t port_ = 0;
};

TEST_F(AuthenticationTest, NothingElseWorksBeforeIt) {
  Start();
  for (const std::string line : {"get a\r\n", "gets a\r\n", "version\r\n", "stats\r\n", "mn\r\n ",
                                 "flush_all\r\n", "mg a v\r\n", "quit now\r\n",
                                 "GET / HTTP/1.1\r\n", "set a 0 0\r\n", "settle a 0 0 1\r\n"}) {
    TestClient client(port_);
    const std::string reply = client.Ask(line, kUnauthenticated);
    EXPECT_TRUE(reply == kUnauthenticated || reply.empty()) << line << reply;
  }
}

TEST_F(AuthenticationTest, ATokenOpensTheConnectionAndNoOther) {
  Start();
  TestClient client(port_);
  EXPECT_EQ(client.Ask("get a\r\n", kUnauthenticated), kUnauthenticated);
  EXPECT_EQ(client.Ask(Token("ann", "other"), kFailure), kFailure);
  EXPECT_EQ(client.Ask(Token("ann", "secret") + "get a\r\nmg a v\r\n", "STORED\r\nEND\r\nEN\r\n"),
            "STORED\r\nEND\r\nEN\r\n");
  EXPECT_EQ(client.Ask("set a 0 0 1\r\nx\r\nget a\r\n", "STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n"),
            "STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n");
  TestClient other(port_);
  EXPECT_EQ(other.Ask("get a\r\n", kUnauthenticated), kUnauthenticated);
}

TEST_F(AuthenticationTest, SaslOpensTheConnectionIfItIsOffered) {
  Start({"-S"});
  TestClient client(port_);
  EXPECT_EQ(client.Ask(Packet(0x20, "", ""), std::string(29, '?')).substr(24), "PLAIN");
  const std::string wrong =
      client.Ask(Packet(0x21, "PLAIN", PlainMessage("ann", "other")), std::string(37, '?'));
  EXPECT_EQ(wrong.substr(24), "Auth failure.");
  const std::string right =
      client.Ask(Packet(0x21, "PLAIN", PlainMessage("ann", "secret")), std::string(37, '?'));
  EXPECT_EQ(right.substr(24), "Authenticated");
  EXPECT_EQ(client.Ask(Packet(0x00, "a", ""), std::string(33, '?')).substr(24), "Not found");
}

TEST_F(AuthenticationTest, ABinaryConnectionHasNoWayInWithoutSasl) {
  Start();
  for (const std::string& packet :
       {Packet(0x00, "a", ""), Packet(0x21, "PLAIN", PlainMessage("ann", "secret"))}) {
    TestClient client(port_);
    client.Send(packet);
    EXPECT_EQ(client.ReceiveToEnd().substr(24), "Auth failure.");
  }
}

TEST_F(AuthenticationTest, SighupReadsTheUsersAnew) {
  Start();
  TestClient early(port_);
  EXPECT_EQ(early.Ask(Token("ann", "secret"), kStored), kStored);
  WriteUsers("carol:new\n");
  program_->Send(SIGHUP);
  WaitUntil([this] { return MayEnter("carol", "new"); });
  EXPECT_FALSE(MayEnter("ann", "secret"));
  EXPECT_EQ(early.Ask("get a\r\n", "END\r\n"), "END\r\n") << "who is in stays in";
}

TEST_F(AuthenticationTest, ABrokenFileLeavesTheUsersAndIsReported) {
  Start();
  WriteUsers("nobody\n");
  program_->Send(SIGHUP);
  const std::string messages = Stop();
  // The signal may come before the stop or after; it is taken first.
  EXPECT_NE(messages.find("line 1: expected user:password; the users before stay"),
            std::string::npos)
      << messages;
}

TEST_F(AuthenticationTest, DoesNotStartWithoutUsers) {
  for (const std::string text : {"", "nobody\n"}) {
    WriteUsers(text);
    Program program({"-p", "0", "-l", "127.0.0.1", "-Y", path_});
    const std::string messages = program.ReadErr();
    EXPECT_NE(messages.find(path_ + ", line 1: expected user:password"), std::string::npos);
    EXPECT_EQ(program.Wait(), 64);
  }
  Program missing({"-p", "0", "-l", "127.0.0.1", "-Y", path_ + ".missing"});
  EXPECT_NE(missing.ReadErr().find("cannot be read"), std::string::npos);
  EXPECT_EQ(missing.Wait(), 64);
  Program sasl({"-p", "0", "-l", "127.0.0.1", "-S"});
  EXPECT_NE(sasl.ReadErr().find("-S: expected -Y FILE too"), std::string::npos);
  EXPECT_EQ(sasl.Wait(), 64);
}

}  // namespace
}  // namespace ringcached::server
