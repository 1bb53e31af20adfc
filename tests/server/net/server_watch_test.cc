// Watchers of a real server: what happens on any of its threads reaches them, and they hold nobody
// up.

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/server/net/test_client.h"
#include "tests/server/net/test_server.h"

namespace ringcached::server {
namespace {

class ServerWatchTest : public testing::TestWithParam<IoSetup> {
 protected:
  TestServerOptions Options() const {
    TestServerOptions options;
    options.io = GetParam();
    options.threads = 3;
    return options;
  }
};

// A client that watches `topics`, and has heard so.
std::unique_ptr<TestClient> Watch(TestServer& server, const std::string& topics) {
  auto watcher = std::make_unique<TestClient>(server.port());
  EXPECT_EQ(watcher->Ask("watch " + topics + "\r\n", "OK\r\n"), "OK\r\n");
  return watcher;
}

// Events are told from a reactor's next turn on; this client's is then one that tells.
void WaitUntilTold(TestClient& client) { EXPECT_EQ(client.Ask("mn\r\n", "MN\r\n"), "MN\r\n"); }

// Of `stats`; 0 if it is not there.
uint64_t Stat(TestClient& client, const std::string& name) {
  client.Send("stats\r\n");
  const std::string stats = client.ReceiveUntil("END\r\n");
  const size_t at = stats.find("STAT " + name + " ");
  return at == std::string::npos ? 0 : std::stoull(stats.substr(at + name.size() + 6));
}

size_t Occurrences(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// One client on each thread, and the watcher on one of them.
TEST_P(ServerWatchTest, SeesWhatHappensOnEveryThread) {
  TestServer server(Options());
  const auto watcher = Watch(server, "fetchers");
  std::vector<TestClient> clients;
  for (int i = 0; i < 6; ++i) clients.emplace_back(server.port());
  for (TestClient& client : clients) WaitUntilTold(client);
  for (size_t i = 0; i < clients.size(); ++i) {
    EXPECT_EQ(clients[i].Ask("get of_client_" + std::to_string(i) + "\r\n", "END\r\n"), "END\r\n");
    const std::string line = watcher->ReceiveUntil("\n");
    EXPECT_NE(line.find("type=item_get key=of_client_" + std::to_string(i)), std::string::npos)
        << line;
    EXPECT_NE(line.find(" gid=" + std::to_string(i + 1) + " "), std::string::npos) << line;
  }
  EXPECT_EQ(Stat(clients[0], "log_watchers"), 1U);
  EXPECT_EQ(Stat(clients[0], "log_worker_written"), 6U);
}

// Lines of different threads are not mixed up, and each arrives.
TEST_P(ServerWatchTest, LosesNothingWhenAllAreBusy) {
  TestServerOptions options = Options();
  options.adjust = [](ServerOptions& server) { server.watcher_buffer_bytes = size_t{16} << 20; };
  TestServer server(options);
  const auto watcher = Watch(server, "fetchers");
  constexpr int kClients = 4;
  constexpr int kRequests = 2000;
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&server, i] {
      TestClient client(server.port());
      WaitUntilTold(client);
      std::string requests;
      for (int request = 0; request < kRequests; ++request) {
        requests += "get c" + std::to_string(i) + "\r\n";
        if (request % 100 != 99) continue;
        client.Send(requests);
        EXPECT_EQ(client.Receive(500).size(), 500U);
        requests.clear();
      }
    });
  }
  std::array<int, kClients> seen{};
  for (int number = 1; number <= kClients * kRequests; ++number) {
    const std::string line = watcher->ReceiveUntil("\n");
    const size_t key = line.find(" type=item_get key=c");
    ASSERT_NE(key, std::string::npos) << line;
    ASSERT_NE(line.find(" gid=" + std::to_string(number) + " "), std::string::npos) << line;
    ++seen.at(static_cast<size_t>(line[key + 20] - '0'));
  }
  for (std::thread& thread : threads) thread.join();
  for (const int lines : seen) EXPECT_EQ(lines, kRequests);
}

TEST_P(ServerWatchTest, WhoNeverReadsHoldsNobodyUp) {
  TestServerOptions options = Options();
  options.adjust = [](ServerOptions& server) { server.watcher_buffer_bytes = 4096; };
  TestServer server(options);
  TestClient watcher(server.port());
  watcher.SetReceiveBufferBytes(4096);
  watcher.Send("watch fetchers\r\n");
  EXPECT_EQ(watcher.Receive(4), "OK\r\n");
  TestClient client(server.port());
  WaitUntilTold(client);
  constexpr int kBatch = 1000;
  std::string requests;
  for (int i = 0; i < kBatch; ++i) requests += "get " + std::string(200, 'k') + "\r\n";
  uint64_t skipped = 0;
  for (int batch = 0; skipped == 0 && batch < 500; ++batch) {
    client.Send(requests);
    ASSERT_EQ(client.Receive(kBatch * 5).size(), kBatch * 5U);
    skipped = Stat(client, "log_watcher_skipped");
  }
  EXPECT_GT(skipped, 0U);
  // What it has not lost is there for it, and then it is told how much it has.
  std::string text;
  while (text.find("skipped=") == std::string::npos) {
    const std::string more = watcher.ReceiveUntil("\n");
    ASSERT_FALSE(more.empty());
    text = more;
    if (Stat(client, "log_watcher_skipped") > 0) client.Ask("get a\r\n", "END\r\n");
  }
}

TEST_P(ServerWatchTest, SeesEvictions) {
  TestServerOptions options = Options();
  options.cache.memory_limit_bytes = size_t{16} << 20;
  TestServer server(options);
  const auto watcher = Watch(server, "evictions");
  TestClient client(server.port());
  WaitUntilTold(client);
  const std::string value(100'000, 'v');
  std::string set;
  for (int i = 0; i < 400; ++i) {
    set = "set key" + std::to_string(i) + " 0 0 100000\r\n" + value + "\r\n";
    ASSERT_EQ(client.Ask(set, "STORED\r\n"), "STORED\r\n");
  }
  ASSERT_GT(Stat(client, "evictions"), 0U);
  const std::string line = watcher->ReceiveUntil("\n");
  EXPECT_NE(line.find(" type=eviction key=key"), std::string::npos) << line;
  EXPECT_NE(line.find(" fetch=no ttl=-1 la="), std::string::npos) << line;
}

TEST_P(ServerWatchTest, SeesWhoComesAndGoesAndWhy) {
  TestServer server(Options());
  const auto watcher = Watch(server, "connevents");
  // Until every thread tells: those that come to one that does not yet are not seen.
  std::vector<TestClient> fillers;
  for (int i = 0; i < 6; ++i) fillers.emplace_back(server.port());
  for (TestClient& filler : fillers) WaitUntilTold(filler);
  uint16_t port = 0;
  {
    TestClient client(server.port());
    port = client.local_port();
    WaitUntilTold(client);
  }
  const std::string rport = "rip=127.0.0.1 rport=" + std::to_string(port) + " transport=tcp";
  std::string line = watcher->ReceiveUntil("\n");
  while (line.find(rport) == std::string::npos && !line.empty()) line = watcher->ReceiveUntil("\n");
  EXPECT_NE(line.find("type=conn_new " + rport + " cfd="), std::string::npos) << line;
  line = watcher->ReceiveUntil("\n");
  EXPECT_NE(line.find("type=conn_close " + rport + " reason=normal cfd="), std::string::npos)
      << line;
  TestClient broken(server.port());
  WaitUntilTold(broken);
  broken.Reset();
  watcher->ReceiveUntil("\n");
  line = watcher->ReceiveUntil("\n");
  EXPECT_NE(line.find(" reason=error cfd="), std::string::npos) << line;
}

TEST_P(ServerWatchTest, StopsCleanlyWithWatchers) {
  TestServer server(Options());
  std::vector<std::unique_ptr<TestClient>> watchers;
  for (int i = 0; i < 10; ++i) {
    watchers.push_back(Watch(server, i % 2 == 0 ? "connevents" : "fetchers mutations"));
  }
  std::thread busy([&server] {
    TestClient client(server.port());
    while (client.TrySend("get a\r\n") && client.Receive(5) == "END\r\n") {
    }
  });
  WaitUntil([&] { return server.server().curr_connections() == 11; });
  server.Stop();
  busy.join();
  EXPECT_EQ(server.server().curr_connections(), 0U);
  for (const auto& watcher : watchers) {
    // Whole lines up to the end.
    const std::string lines = watcher->ReceiveToEnd();
    EXPECT_TRUE(lines.empty() || lines.ends_with("\n")) << lines;
    EXPECT_EQ(Occurrences(lines, "\n"), Occurrences(lines, "ts=") + Occurrences(lines, "skipped="));
  }
}

TEST_P(ServerWatchTest, ATooManiethWatcherIsToldSo) {
  TestServer server(Options());
  std::vector<std::unique_ptr<TestClient>> watchers;
  for (size_t i = 0; i < kMaxWatchers; ++i) watchers.push_back(Watch(server, "fetchers"));
  TestClient client(server.port());
  client.Send("watch fetchers\r\n");
  EXPECT_NE(client.ReceiveUntil("\r\n"), "OK\r\n");
  EXPECT_EQ(client.Ask("get a\r\n", "END\r\n"), "END\r\n");
  watchers.pop_back();
  WaitUntil([&] { return Stat(client, "log_watchers") == kMaxWatchers - 1; });
  EXPECT_EQ(client.Ask("watch fetchers\r\n", "OK\r\n"), "OK\r\n");
}

INSTANTIATE_TEST_SUITE_P(Io, ServerWatchTest, testing::ValuesIn(IoSetups()),
                         [](const auto& setup) { return setup.param.name; });

}  // namespace
}  // namespace ringcached::server
