// More than there is room for: connections, unread replies.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/server/net/test_client.h"
#include "tests/server/net/test_server.h"

namespace ringcached::server {
namespace {

constexpr std::string_view kVersion = "VERSION 1.6.45-test\r\n";
constexpr std::string_view kTooMany = "ERROR Too many open connections\r\n";

class ServerOverloadTest : public testing::TestWithParam<IoSetup> {
 protected:
  TestServerOptions Options() const {
    TestServerOptions options;
    options.io = GetParam();
    return options;
  }
};

TEST_P(ServerOverloadTest, ServesAsManyClientsAsAllowedAndTurnsAwayTheNext) {
  TestServerOptions options = Options();
  options.max_connections = 5;
  TestServer server(options);
  std::vector<TestClient> clients;
  for (int i = 0; i < 5; ++i) {
    clients.emplace_back(server.port());
    EXPECT_EQ(clients.back().Ask("version\r\n", kVersion), kVersion);
  }
  EXPECT_EQ(TestClient(server.port()).ReceiveToEnd(), kTooMany);
  EXPECT_EQ(clients[0].Ask("version\r\n", kVersion), kVersion);

  clients.pop_back();
  WaitUntil([&] { return server.server().curr_connections() == 4; });
  TestClient next(server.port());
  EXPECT_EQ(next.Ask("version\r\n", kVersion), kVersion);
  next.Send("stats\r\nquit\r\n");
  EXPECT_NE(next.ReceiveToEnd().find("STAT rejected_connections 1\r\n"), std::string::npos);
}

// The server must stop reading from a client that does not read, and still serve it all later.
TEST_P(ServerOverloadTest, AClientThatDoesNotReadIsNotReadFromAndDelaysNobody) {
  TestServerOptions options = Options();
  options.threads = 1;
  TestServer server(options);
  TestClient slow(server.port());
  const std::string value(10'000, 'v');
  const std::string stored = "STORED\r\n";
  ASSERT_EQ(slow.Ask("set a 0 0 10000\r\n" + value + "\r\n", stored), stored);
  // Their replies, 20 MB, exceed what the sockets hold.
  constexpr int kRequests = 2'000;
  std::string requests;
  for (int i = 0; i < kRequests; ++i) requests += "get a\r\n";
  slow.Send(requests);
  TestClient other(server.port());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(other.Ask("version\r\n", kVersion), kVersion);
  std::string expected;
  for (int i = 0; i < kRequests; ++i) expected += "VALUE a 0 10000\r\n" + value + "\r\nEND\r\n";
  EXPECT_TRUE(slow.Receive(expected.size()) == expected);
}

TEST_P(ServerOverloadTest, MoreArrivesAtOnceThanThereAreReceiveBuffers) {
  TestServerOptions options = Options();
  options.threads = 1;
  options.max_connections = 200;
  TestServer server(options);
  std::vector<TestClient> clients;
  for (int i = 0; i < 100; ++i) clients.emplace_back(server.port());
  const std::string value(100'000, 'v');
  const std::string stored = "STORED\r\n";
  for (size_t i = 0; i < clients.size(); ++i) {
    clients[i].Send("set key" + std::to_string(i) + " 0 0 100000\r\n" + value + "\r\n");
  }
  for (TestClient& client : clients) EXPECT_EQ(client.Receive(stored.size()), stored);
}

TEST_P(ServerOverloadTest, AFullCacheGoesOnStoring) {
  TestServerOptions options = Options();
  options.cache.memory_limit_bytes = size_t{8} << 20;
  TestServer server(options);
  TestClient client(server.port());
  const std::string value(10'000, 'v');
  const std::string stored = "STORED\r\n";
  for (int i = 0; i < 5'000; ++i) {
    ASSERT_EQ(client.Ask("set key" + std::to_string(i) + " 0 0 10000\r\n" + value + "\r\n", stored),
              stored);
  }
  const std::string last = "VALUE key4999 0 10000\r\n" + value + "\r\nEND\r\n";
  EXPECT_TRUE(client.Ask("get key4999\r\n", last) == last);
  EXPECT_EQ(client.Ask("get key0\r\n", "END\r\n"), "END\r\n");
}

TEST_P(ServerOverloadTest, AFullCacheThatMustNotEvictRefuses) {
  TestServerOptions options = Options();
  options.cache.memory_limit_bytes = size_t{2} << 20;
  options.cache.evict = false;
  TestServer server(options);
  TestClient client(server.port());
  const std::string value(100'000, 'v');
  const std::string refused = "SERVER_ERROR out of memory storing object\r\n";
  std::string reply;
  for (int i = 0; i < 100 && reply.substr(0, 12) != "SERVER_ERROR"; ++i) {
    client.Send("set key" + std::to_string(i) + " 0 0 100000\r\n" + value + "\r\n");
    reply = client.Receive(8);
    if (reply != "STORED\r\n") reply += client.Receive(refused.size() - 8);
  }
  EXPECT_EQ(reply, refused);
  EXPECT_EQ(client.Ask("version\r\n", kVersion), kVersion);
}

INSTANTIATE_TEST_SUITE_P(Io, ServerOverloadTest, testing::ValuesIn(IoSetups()),
                         [](const auto& setup) { return setup.param.name; });

}  // namespace
}  // namespace ringcached::server
