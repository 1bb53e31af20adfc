// Listeners of a real server: what each speaks, what it is called, and what `stats conns` says of
// them and of the clients that came in by them.

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/server/net/test_client.h"
#include "tests/server/net/test_server.h"

namespace ringcached::server {
namespace {

constexpr char kVersion[] = "VERSION 1.6.45-test\r\n";

class ServerListenersTest : public testing::TestWithParam<IoSetup> {
 protected:
  TestServerOptions Options() const {
    TestServerOptions options;
    options.io = GetParam();
    options.unix_path = path_;
    options.addresses = {"proto[ascii]:tag[text]:127.0.0.1:0", "proto[binary]:127.0.0.1:0",
                         "127.0.0.1:0"};
    return options;
  }
  void TearDown() override { unlink(path_.c_str()); }

  const std::string path_ = testing::TempDir() + "/rc" + std::to_string(getpid()) + ".sock";
};

// A noop of the binary dialect, and its reply.
std::string BinaryNoop(char magic) {
  std::string packet(24, '\0');
  packet[0] = magic;
  packet[1] = '\x0a';
  return packet;
}
const std::string& Noop() {
  static const auto& packet = *new std::string(BinaryNoop('\x80'));
  return packet;
}
const std::string& NoopReply() {
  static const auto& packet = *new std::string(BinaryNoop('\x81'));
  return packet;
}

TEST_P(ServerListenersTest, EachSpeaksItsDialects) {
  TestServer server(Options());
  const std::vector<BoundAddress>& addresses = server.server().addresses();
  ASSERT_EQ(addresses.size(), 4U);
  EXPECT_EQ(TestClient(addresses[0].port).Ask("version\r\n", kVersion), kVersion);
  TestClient binary_to_text(addresses[0].port);
  binary_to_text.Send(Noop());
  EXPECT_EQ(binary_to_text.ReceiveToEnd(), "");
  EXPECT_EQ(TestClient(addresses[1].port).Ask(Noop(), NoopReply()), NoopReply());
  TestClient text_to_binary(addresses[1].port);
  text_to_binary.Send("version\r\n");
  EXPECT_EQ(text_to_binary.ReceiveToEnd(), "");
  EXPECT_EQ(TestClient(addresses[2].port).Ask("version\r\n", kVersion), kVersion);
  EXPECT_EQ(TestClient(addresses[2].port).Ask(Noop(), NoopReply()), NoopReply());
  EXPECT_EQ(TestClient(path_).Ask("version\r\n", kVersion), kVersion);
  EXPECT_EQ(TestClient(path_).Ask(Noop(), NoopReply()), NoopReply());
}

// -B holds where a listener says nothing itself.
TEST_P(ServerListenersTest, TheServersDialectHoldsWhereNothingElseIsSaid) {
  TestServerOptions options = Options();
  options.adjust = [](ServerOptions& server) {
    server.dialects = protocol::SpokenDialects::kBinary;
  };
  TestServer server(options);
  const std::vector<BoundAddress>& addresses = server.server().addresses();
  EXPECT_EQ(TestClient(addresses[0].port).Ask("version\r\n", kVersion), kVersion);
  EXPECT_EQ(TestClient(addresses[2].port).Ask(Noop(), NoopReply()), NoopReply());
  TestClient text_to_binary(path_);
  text_to_binary.Send("version\r\n");
  EXPECT_EQ(text_to_binary.ReceiveToEnd(), "");
}

// By the connection's number, its figures by their names.
using Connections = std::map<int, std::map<std::string, std::string>>;

Connections StatsConns(TestClient& client) {
  client.Send("stats conns\r\n");
  std::istringstream lines(client.ReceiveUntil("END\r\n"));
  Connections connections;
  for (std::string line; std::getline(lines, line) && line != "END\r";) {
    const size_t colon = line.find(':');
    const size_t space = line.find(' ', colon);
    EXPECT_TRUE(line.starts_with("STAT ") && line.ends_with("\r")) << line;
    const int number = std::stoi(line.substr(5, colon - 5));
    const std::string value = line.substr(space + 1, line.size() - space - 2);
    const bool is_new =
        connections[number].emplace(line.substr(colon + 1, space - colon - 1), value).second;
    EXPECT_TRUE(is_new) << "a number is used twice: " << line;
  }
  return connections;
}

TEST_P(ServerListenersTest, StatsConnsListsListenersAndClients) {
  TestServerOptions options = Options();
  options.addresses.emplace_back("tag[six]:[::1]:0");
  TestServer server(options);
  const std::vector<BoundAddress>& addresses = server.server().addresses();
  TestClient text(addresses[0].port);
  TestClient local(path_);
  TestClient plain(addresses[2].port);
  for (TestClient* client : {&text, &local}) {
    EXPECT_EQ(client->Ask("version\r\n", kVersion), kVersion);
  }
  const Connections connections = StatsConns(plain);
  std::set<std::string> listening;
  std::map<std::string, std::string> clients;  // the address that each came in by
  for (const auto& [number, figures] : connections) {
    if (figures.at("state") == "conn_listening") {
      EXPECT_LE(number, static_cast<int>(addresses.size()));
      EXPECT_FALSE(figures.contains("listen_addr"));
      listening.insert(figures.at("addr"));
    } else {
      EXPECT_GT(number, static_cast<int>(addresses.size()));
      EXPECT_EQ(figures.at("state"), "conn_read");
      // A second may have ended since, or some on a busy machine.
      EXPECT_LE(std::stoi(figures.at("secs_since_last_cmd")), 30);
      clients[figures.at("addr")] = figures.at("listen_addr");
    }
  }
  std::set<std::string> expected = {"tcp:" + addresses[0].text + " tag[text]",
                                    "tcp:" + addresses[1].text, "tcp:" + addresses[2].text,
                                    "unix:" + path_};
  if (addresses.size() == 5) expected.insert("tcp6:" + addresses[3].text + " tag[six]");
  EXPECT_EQ(listening, expected);
  const std::string host = "tcp:127.0.0.1:";
  EXPECT_EQ(
      clients,
      (std::map<std::string, std::string>{
          {host + std::to_string(text.local_port()), "tcp:" + addresses[0].text + " tag[text]"},
          {host + std::to_string(plain.local_port()), "tcp:" + addresses[2].text},
          {"unix", "unix:" + path_}}));
}

TEST_P(ServerListenersTest, ANumberIsNotUsedAgain) {
  TestServer server(Options());
  TestClient asking(server.server().addresses()[2].port);
  std::set<int> numbers;
  for (int i = 0; i < 5; ++i) {
    {
      TestClient client(path_);
      EXPECT_EQ(client.Ask("version\r\n", kVersion), kVersion);
      for (const auto& [number, figures] : StatsConns(asking)) {
        if (figures.at("addr") != "unix") continue;
        EXPECT_TRUE(numbers.insert(number).second) << number;
      }
    }
    WaitUntil([&] { return server.server().curr_connections() == 1; });
    EXPECT_EQ(StatsConns(asking).size(), 5U) << "who has left is still listed";
  }
  EXPECT_EQ(numbers.size(), 5U);
}

INSTANTIATE_TEST_SUITE_P(Io, ServerListenersTest, testing::ValuesIn(IoSetups()),
                         [](const auto& setup) { return setup.param.name; });

}  // namespace
}  // namespace ringcached::server
