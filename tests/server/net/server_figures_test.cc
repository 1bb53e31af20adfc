// What several threads have counted, added up for whoever asks one of them.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/server/net/test_client.h"
#include "tests/server/net/test_server.h"

namespace ringcached::server {
namespace {

// A server of several threads, and a client on each of them.
class ServerFiguresTest : public testing::Test {
 protected:
  ServerFiguresTest() : server_(Options()) {
    for (int i = 0; i < 2 * kThreads; ++i) clients_.emplace_back(server_.port());
    for (TestClient& client : clients_) EXPECT_EQ(client.Ask("mn\r\n", "MN\r\n"), "MN\r\n");
  }

  static constexpr int kThreads = 3;

  static TestServerOptions Options() {
    TestServerOptions options;
    options.threads = kThreads;
    return options;
  }
  std::string Ask(const std::string& request, const std::string& end) {
    clients_[0].Send(request);
    return clients_[0].ReceiveUntil(end);
  }
  // A turn of every thread ends between two of its clients' replies.
  void EndTurns() {
    for (TestClient& client : clients_) EXPECT_EQ(client.Ask("mn\r\n", "MN\r\n"), "MN\r\n");
  }
  void EachGets(const std::string& key) {
    for (TestClient& client : clients_) {
      EXPECT_EQ(client.Ask("get " + key + "\r\n", "END\r\n"), "END\r\n");
    }
  }

  TestServer server_;
  std::vector<TestClient> clients_;
};

TEST_F(ServerFiguresTest, StatsDetailAddsUpWhatTheThreadsCount) {
  EachGets("a:before");
  EXPECT_EQ(Ask("stats detail dump\r\n", "END\r\n"), "END\r\n");
  EXPECT_FALSE(server_.server().detail());
  EXPECT_EQ(Ask("stats detail on\r\n", "OK\r\n"), "OK\r\n");
  EXPECT_TRUE(server_.server().detail());
  EachGets("a:1");
  EachGets("b:1");
  EachGets("none");
  for (TestClient& client : clients_) {
    EXPECT_EQ(client.Ask("set a:2 0 0 1\r\nx\r\n", "STORED\r\n"), "STORED\r\n");
    EXPECT_EQ(client.Ask("delete a:2\r\n", "DELETED\r\n"), "DELETED\r\n");
  }
  const std::string counted =
      "PREFIX a get 6 hit 0 set 6 del 6\r\nPREFIX b get 6 hit 0 set 0 del 0\r\nEND\r\n";
  EXPECT_EQ(Ask("stats detail dump\r\n", "END\r\n"), counted);
  EXPECT_EQ(Ask("stats detail off\r\n", "OK\r\n"), "OK\r\n");
  EachGets("a:after");
  EXPECT_EQ(Ask("stats detail dump\r\n", "END\r\n"), counted);
  EXPECT_EQ(Ask("stats reset\r\n", "RESET\r\n"), "RESET\r\n");
  EXPECT_EQ(Ask("stats detail dump\r\n", "END\r\n"), "END\r\n");
}

TEST_F(ServerFiguresTest, StatsLatencyAddsUpWhatTheThreadsCount) {
  EachGets("a");
  EachGets("a");
  for (TestClient& client : clients_) {
    EXPECT_EQ(client.Ask("incr n 1\r\n", "NOT_FOUND\r\n"), "NOT_FOUND\r\n");
  }
  EndTurns();
  const std::string latencies = Ask("stats latency\r\n", "END\r\n");
  for (const char* line : {"STAT get_count 12\r\n", "STAT incr_decr_count 6\r\n",
                           "STAT set_count 0\r\n", "STAT set_max_us 0.0\r\n"}) {
    EXPECT_NE(latencies.find(line), std::string::npos) << line << latencies;
  }
  EXPECT_EQ(latencies.find("STAT get_max_us 0.0\r\n"), std::string::npos) << latencies;
}

// The threads have no turn of their own accord: what they have counted is gone all the same.
TEST_F(ServerFiguresTest, AResetForgetsTheLatenciesOfAllThreads) {
  EachGets("a");
  EndTurns();
  EXPECT_EQ(Ask("stats reset\r\n", "RESET\r\n"), "RESET\r\n");
  const std::string latencies = Ask("stats latency\r\n", "END\r\n");
  EXPECT_NE(latencies.find("STAT get_count 0\r\n"), std::string::npos) << latencies;
}

TEST(ServerIdleTest, AnIdleClientIsClosed) {
  TestServerOptions options;
  options.adjust = [](ServerOptions& server) { server.idle_timeout_seconds = 1; };
  TestServer server(options);
  TestClient idle(server.port());
  EXPECT_EQ(idle.Ask("get a\r\n", "END\r\n"), "END\r\n");
  EXPECT_EQ(idle.ReceiveToEnd(), "");
  WaitUntil([&] { return server.server().curr_connections() == 0; });
  TestClient client(server.port());
  client.Send("stats\r\nquit\r\n");
  const std::string stats = client.ReceiveToEnd();
  EXPECT_NE(stats.find("STAT idle_kicks 1\r\n"), std::string::npos) << stats;
}

TEST(ServerWaitTest, ClientsBeyondTheLimitWaitUntilSomebodyLeaves) {
  TestServerOptions options;
  options.max_connections = 2;
  options.adjust = [](ServerOptions& server) { server.when_full = Acceptor::WhenFull::kWait; };
  TestServer server(options);
  TestClient first(server.port());
  TestClient second(server.port());
  for (TestClient* client : {&first, &second}) {
    EXPECT_EQ(client->Ask("get a\r\n", "END\r\n"), "END\r\n");
  }
  std::vector<TestClient> waiting;
  for (int i = 0; i < 10; ++i) waiting.emplace_back(server.port());
  for (TestClient& client : waiting) client.Send("get a\r\nquit\r\n");
  EXPECT_EQ(server.server().curr_connections(), 2U);
  first.EndInput();
  for (TestClient& client : waiting) EXPECT_EQ(client.ReceiveToEnd(), "END\r\n");
  second.Send("stats\r\nquit\r\n");
  const std::string stats = second.ReceiveToEnd();
  EXPECT_EQ(stats.find("STAT listen_disabled_num 0\r\n"), std::string::npos) << stats;
  EXPECT_NE(stats.find("STAT rejected_connections 0\r\n"), std::string::npos) << stats;
}

}  // namespace
}  // namespace ringcached::server
