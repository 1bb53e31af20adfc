// The end: what has arrived is answered, nobody is waited for beyond the timeout.

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/server/net/test_client.h"
#include "tests/server/net/test_server.h"

namespace ringcached::server {
namespace {

class ServerStopTest : public testing::TestWithParam<IoSetup> {
 protected:
  TestServerOptions Options() const {
    TestServerOptions options;
    options.io = GetParam();
    return options;
  }
};

TEST_P(ServerStopTest, ClosesIdleConnections) {
  TestServer server(Options());
  std::vector<TestClient> clients;
  for (int i = 0; i < 20; ++i) clients.emplace_back(server.port());
  for (TestClient& client : clients) {
    EXPECT_EQ(client.Ask("get a\r\n", "END\r\n"), "END\r\n");
  }
  server.Stop();
  for (TestClient& client : clients) EXPECT_EQ(client.ReceiveToEnd(), "");
}

// On loopback, what send() took has arrived.
TEST_P(ServerStopTest, AnswersWhatHasArrived) {
  TestServer server(Options());
  constexpr int kRequests = 3'000;
  std::vector<TestClient> clients;
  for (int i = 0; i < 8; ++i) clients.emplace_back(server.port());
  for (TestClient& client : clients) {
    ASSERT_EQ(client.Ask("get a\r\n", "END\r\n"), "END\r\n");
  }
  std::string requests;
  std::string expected;
  for (int i = 0; i < kRequests; ++i) {
    requests += "version\r\n";
    expected += "VERSION 1.6.45-test\r\n";
  }
  for (TestClient& client : clients) client.Send(requests);
  server.Stop();
  for (TestClient& client : clients) EXPECT_TRUE(client.ReceiveToEnd() == expected);
}

TEST_P(ServerStopTest, CutsOffAClientThatDoesNotRead) {
  TestServerOptions options = Options();
  options.drain_timeout_ms = 50;
  TestServer server(options);
  TestClient client(server.port());
  client.SetReceiveBufferBytes(4096);
  const std::string value(500'000, 'v');
  client.Send("set a 0 0 500000\r\n" + value + "\r\n");
  EXPECT_EQ(client.Receive(8), "STORED\r\n");
  for (int i = 0; i < 100; ++i) client.Send("get a\r\n");
  server.Stop();
  EXPECT_EQ(server.server().curr_connections(), 0U);
}

TEST_P(ServerStopTest, RefusesNewConnections) {
  TestServer server(Options());
  const uint16_t port = server.port();
  EXPECT_TRUE(TestClient::CanConnect(port));
  server.Stop();
  EXPECT_FALSE(TestClient::CanConnect(port));
}

TEST_P(ServerStopTest, StopsUnderLoad) {
  for (int round = 0; round < 5; ++round) {
    TestServer server(Options());
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&server] {
        TestClient client(server.port());
        // Runs until the server ends the connection between two replies.
        const std::string reply = "VERSION 1.6.45-test\r\n";
        std::string received = reply;
        while (received == reply && client.TrySend("version\r\n")) {
          received = client.Receive(reply.size());
        }
        EXPECT_TRUE(received == reply || received.empty()) << received;
      });
    }
    WaitUntil([&] { return server.server().curr_connections() == 4; });
    server.Stop();
    for (std::thread& thread : threads) thread.join();
  }
}

INSTANTIATE_TEST_SUITE_P(Io, ServerStopTest, testing::ValuesIn(IoSetups()),
                         [](const auto& setup) { return setup.param.name; });

}  // namespace
}  // namespace ringcached::server
