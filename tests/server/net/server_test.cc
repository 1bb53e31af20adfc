// What a client sees of a running server, over every way to talk to the kernel.

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/server/net/test_client.h"
#include "tests/server/net/test_server.h"

namespace ringcached::server {
namespace {

class ServerTest : public testing::TestWithParam<IoSetup> {
 protected:
  TestServerOptions Options() const {
    TestServerOptions options;
    options.io = GetParam();
    return options;
  }
};

std::string Set(const std::string& key, const std::string& value) {
  return "set " + key + " 0 0 " + std::to_string(value.size()) + "\r\n" + value + "\r\n";
}

std::string Value(const std::string& key, const std::string& value) {
  return "VALUE " + key + " 0 " + std::to_string(value.size()) + "\r\n" + value + "\r\n";
}

TEST_P(ServerTest, AnswersSetAndGet) {
  TestServer server(Options());
  TestClient client(server.port());
  EXPECT_EQ(client.Ask(Set("a", "hello"), "STORED\r\n"), "STORED\r\n");
  const std::string expected = Value("a", "hello") + "END\r\n";
  EXPECT_EQ(client.Ask("get a\r\n", expected), expected);
}

TEST_P(ServerTest, ListensOnIpv6WhereThereIsIpv6) {
  TestServer server(Options());
  for (const BoundAddress& address : server.server().addresses()) {
    TestClient client(address.port, address.ipv6);
    EXPECT_EQ(client.Ask("version\r\n", "VERSION 1.6.45-test\r\n"), "VERSION 1.6.45-test\r\n");
  }
}

TEST_P(ServerTest, TakesARequestThatComesByteByByte) {
  TestServer server(Options());
  TestClient client(server.port());
  for (const char byte : Set("a", "xyz") + "get a\r\n") client.Send(std::string_view(&byte, 1));
  const std::string expected = "STORED\r\n" + Value("a", "xyz") + "END\r\n";
  EXPECT_EQ(client.Receive(expected.size()), expected);
}

// The client reads nothing before it has sent everything: replies go through many sinkfuls, and
// the server stops reading when they cannot leave.
TEST_P(ServerTest, AnswersADeepPipelineInOrder) {
  TestServer server(Options());
  TestClient client(server.port());
  constexpr int kRequests = 20'000;
  const std::string value(1000, 'v');
  EXPECT_EQ(client.Ask(Set("a", value), "STORED\r\n"), "STORED\r\n");
  std::string requests;
  std::string expected;
  for (int i = 0; i < kRequests; ++i) {
    requests += "get a miss\r\nincr n 1\r\n";
    expected += Value("a", value) + "END\r\nNOT_FOUND\r\n";
  }
  std::thread sender([&] { client.Send(requests); });
  EXPECT_TRUE(client.Receive(expected.size()) == expected);
  sender.join();
}

TEST_P(ServerTest, SendsLargeValuesBetweenSmallOnes) {
  TestServer server(Options());
  TestClient client(server.port());
  const std::string large(1'000'000, 'L');
  const std::string medium(16'385, 'M');
  const std::string stored = "STORED\r\nSTORED\r\nSTORED\r\n";
  EXPECT_EQ(client.Ask(Set("large", large) + Set("medium", medium) + Set("small", "s"), stored),
            stored);
  std::string request;
  std::string expected;
  for (int i = 0; i < 20; ++i) {
    request += "get small large medium small\r\n";
    expected += Value("small", "s") + Value("large", large) + Value("medium", medium) +
                Value("small", "s") + "END\r\n";
  }
  client.Send(request);
  EXPECT_TRUE(client.Receive(expected.size()) == expected);
}

TEST_P(ServerTest, AnswersAMultiGetOf20000Keys) {
  TestServer server(Options());
  TestClient client(server.port());
  std::string request = "get";
  std::string sets;
  std::string expected;
  constexpr int kKeys = 20'000;
  for (int i = 0; i < kKeys; ++i) {
    const std::string key = "key" + std::to_string(i);
    request += " " + key;
    if (i % 2 == 0) continue;
    sets += "set " + key + " 0 0 3 noreply\r\nabc\r\n";
    expected += Value(key, "abc");
  }
  expected += "END\r\n";
  client.Send(sets);
  std::thread sender([&] { client.Send(request + "\r\n"); });
  EXPECT_TRUE(client.Receive(expected.size()) == expected);
  sender.join();
}

TEST_P(ServerTest, AnswersAClientThatHasEndedItsInput) {
  TestServer server(Options());
  TestClient client(server.port());
  client.Send(Set("a", "x") + "get a\r\n");
  client.EndInput();
  EXPECT_EQ(client.ReceiveToEnd(), "STORED\r\n" + Value("a", "x") + "END\r\n");
}

TEST_P(ServerTest, ClosesOnQuit) {
  TestServer server(Options());
  TestClient client(server.port());
  client.Send("version\r\nquit\r\nversion\r\n");
  EXPECT_EQ(client.ReceiveToEnd(), "VERSION 1.6.45-test\r\n");
}

TEST_P(ServerTest, AClientThatDisappearsInMidValueHarmsNobody) {
  TestServer server(Options());
  TestClient client(server.port());
  EXPECT_EQ(client.Ask(Set("a", "old"), "STORED\r\n"), "STORED\r\n");
  {
    TestClient cut(server.port());
    cut.Send("set a 0 0 1000\r\nhalf");
    TestClient reset(server.port());
    reset.Send("get a\r\nset a 0 0 1000\r\nhalf");
    reset.Reset();
  }
  WaitUntil([&] { return server.server().curr_connections() == 1; });
  const std::string expected = Value("a", "old") + "END\r\n";
  EXPECT_EQ(client.Ask("get a\r\n", expected), expected);
}

TEST_P(ServerTest, ManyConnectionsGetTheirOwnReplies) {
  TestServerOptions options = Options();
  options.max_connections = 300;
  options.threads = 3;
  TestServer server(options);
  std::vector<TestClient> clients;
  for (int i = 0; i < 300; ++i) clients.emplace_back(server.port());
  for (int round = 0; round < 5; ++round) {
    for (size_t i = 0; i < clients.size(); ++i) {
      clients[i].Send(Set("key" + std::to_string(i), std::to_string(i * 1000)));
      clients[i].Send("get key" + std::to_string(i) + "\r\n");
    }
    for (size_t i = 0; i < clients.size(); ++i) {
      const std::string expected =
          "STORED\r\n" + Value("key" + std::to_string(i), std::to_string(i * 1000)) + "END\r\n";
      ASSERT_EQ(clients[i].Receive(expected.size()), expected);
    }
  }
}

TEST_P(ServerTest, LosesNoDescriptorAndNoSlot) {
  TestServer server(Options());
  const size_t before = OpenDescriptors();
  for (int i = 0; i < 500; ++i) {
    TestClient client(server.port());
    ASSERT_EQ(client.Ask("version\r\n", "VERSION 1.6.45-test\r\n"), "VERSION 1.6.45-test\r\n");
    if (i % 3 == 0) client.Reset();
  }
  WaitUntil([&] { return server.server().curr_connections() == 0; });
  WaitUntil([&] { return OpenDescriptors() == before; });
}

TEST_P(ServerTest, TellsItsFigures) {
  TestServer server(Options());
  TestClient client(server.port());
  client.Send("get nothing\r\nstats\r\nquit\r\n");
  const std::string stats = client.ReceiveToEnd();
  for (const char* line :
       {"STAT pid ", "STAT uptime ", "STAT curr_connections 1\r\n", "STAT cmd_get 1\r\n",
        "STAT get_misses 1\r\n", "STAT bloom_negatives 1\r\n", "STAT threads 2\r\n"}) {
    EXPECT_NE(stats.find(line), std::string::npos) << line << stats;
  }
}

INSTANTIATE_TEST_SUITE_P(Io, ServerTest, testing::ValuesIn(IoSetups()),
                         [](const auto& setup) { return setup.param.name; });

}  // namespace
}  // namespace ringcached::server
