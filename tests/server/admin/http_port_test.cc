// The admin port beside a real server.

#include "server/admin/http_port.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/server/net/test_client.h"
#include "tests/server/net/test_server.h"

namespace ringcached::server {
namespace {

constexpr char kHost[] = "127.0.0.1";
constexpr int kDeadlineSeconds = 20;

class HttpPortTest : public testing::Test {
 protected:
  HttpPortTest() {
    std::string error;
    port_ = HttpPort::Open(kHost, 0, &error);
    EXPECT_NE(port_, nullptr) << error;
    port_->Start();
  }
  ~HttpPortTest() override { port_->Stop(); }

  void Serve() {
    port_->SetServing(
        {.version = "1",
         .protocol_version = "1.6",
         .io = "ring",
         .take_snapshot = [this](ServerSnapshot* to) { server_.server().TakeSnapshot(to); },
         .visit_classes = [this](protocol::StatVisitor to) { server_.server().VisitClasses(to); }});
  }
  httplib::Response Get(const std::string& path) {
    httplib::Client client(kHost, port_->port());
    client.set_read_timeout(kDeadlineSeconds);
    const httplib::Result result = client.Get(path.c_str());
    if (!result) {
      ADD_FAILURE() << path << ": " << httplib::to_string(result.error());
      return {};
    }
    return *result;
  }

  TestServer server_;
  std::unique_ptr<HttpPort> port_;
};

TEST_F(HttpPortTest, IsReadyWhileClientsAreServed) {
  EXPECT_EQ(Get("/readyz").status, 503);
  EXPECT_EQ(Get("/readyz").body, "starting\n");
  EXPECT_EQ(Get("/metrics").status, 503);
  EXPECT_EQ(Get("/status.json").status, 503);
  Serve();
  EXPECT_EQ(Get("/readyz").status, 200);
  EXPECT_EQ(Get("/metrics").status, 200);
  port_->SetDraining();
  EXPECT_EQ(Get("/readyz").status, 503);
  EXPECT_EQ(Get("/readyz").body, "draining\n");
  // Figures are wanted to the end.
  EXPECT_EQ(Get("/metrics").status, 200);
  EXPECT_NE(Get("/status.json").body.find("\"draining\""), std::string::npos);
}

TEST_F(HttpPortTest, IsHealthyFromTheStart) {
  EXPECT_EQ(Get("/healthz").status, 200);
  EXPECT_EQ(Get("/healthz").body, "ok\n");
}

TEST_F(HttpPortTest, MetricsAreTheServers) {
  Serve();
  TestClient client(server_.port());
  client.Ask("set a 0 0 1\r\n1\r\nget a\r\nget b\r\n",
             "STORED\r\nVALUE a 0 1\r\n1\r\nEND\r\nEND\r\n");
  const httplib::Response reply = Get("/metrics");
  EXPECT_EQ(reply.get_header_value("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line :
       {"memcached_commands_total{command=\"get\",status=\"hit\"} 1\n",
        "memcached_commands_total{command=\"get\",status=\"miss\"} 1\n",
        "memcached_current_connections 1\n", "memcached_current_items 1\n", "ringcached_ready 1\n",
        "memcached_slab_current_items{slab=\"1\"} 1\n"}) {
    EXPECT_NE(reply.body.find(line), std::string::npos) << line << reply.body;
  }
}

TEST_F(HttpPortTest, ThePageFetchesNothingFromElsewhere) {
  const httplib::Response reply = Get("/");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.get_header_value("Content-Type"), "text/html; charset=utf-8");
  EXPECT_TRUE(reply.get_header_value("Content-Security-Policy").starts_with("default-src 'none'"));
  EXPECT_TRUE(reply.body.starts_with("<!doctype html>")) << reply.body.substr(0, 100);
  EXPECT_EQ(reply.body.find("//cdn"), std::string::npos);
}

TEST_F(HttpPortTest, OtherPathsAndMethodsAreRefused) {
  const httplib::Response unknown = Get("/etc/passwd");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_NE(unknown.body.find("/metrics"), std::string::npos);
  httplib::Client client(kHost, port_->port());
  const httplib::Result posted = client.Post("/metrics", "x", "text/plain");
  ASSERT_TRUE(posted);
  EXPECT_EQ(posted->status, 405);
  EXPECT_EQ(posted->get_header_value("Allow"), "GET, HEAD");
  const httplib::Result head = client.Head("/healthz");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
}

TEST_F(HttpPortTest, WhatIsNoHttpIsRefused) {
  TestClient client(port_->port());
  client.Send("get a\r\n\r\n");
  EXPECT_TRUE(client.ReceiveToEnd().starts_with("HTTP/1.1 400")) << "not refused";
}

// More of them than threads and room: the kernel keeps the rest, and each is closed in its turn.
TEST_F(HttpPortTest, SilentClientsDelayOthersAndNoMore) {
  std::vector<std::unique_ptr<TestClient>> silent;
  for (size_t i = 0; i < HttpPort::kThreads + HttpPort::kMaxWaitingClients + 2; ++i) {
    silent.push_back(std::make_unique<TestClient>(port_->port()));
  }
  EXPECT_EQ(Get("/healthz").body, "ok\n");
  for (const auto& client : silent) EXPECT_EQ(client->ReceiveToEnd(), "");
}

// Whoever sends without end is cut off; nothing is kept of what is beyond the limit.
TEST_F(HttpPortTest, AnEndlessRequestEnds) {
  TestClient client(port_->port());
  client.Send("GET /healthz HTTP/1.1\r\n");
  const std::string line = "X: " + std::string(1000, 'x') + "\r\n";
  size_t sent = 0;
  while (client.TrySend(line) && sent <= (size_t{16} << 20)) sent += line.size();
  EXPECT_LE(sent, size_t{16} << 20);
}

TEST_F(HttpPortTest, ALargeRequestIsRefusedWithAReply) {
  TestClient client(port_->port());
  std::string request = "GET /healthz HTTP/1.1\r\n";
  while (request.size() < 2 * LimitedStream::kMaxRequestBytes) request += "X: y\r\n";
  client.Send(request);
  EXPECT_TRUE(client.ReceiveToEnd().starts_with("HTTP/1.1 400"));
}

TEST_F(HttpPortTest, AReplyIsWholeForSlowReaders) {
  Serve();
  TestClient client(port_->port());
  client.SetReceiveBufferBytes(2048);
  client.Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.ReceiveToEnd().ends_with("</html>\n"));
}

TEST_F(HttpPortTest, StopsWithClientsConnected) {
  Serve();
  TestClient silent(port_->port());
  port_->Stop();
  EXPECT_FALSE(TestClient::CanConnect(port_->port()));
  port_->Stop();
}

TEST_F(HttpPortTest, NobodySharesItsPort) {
  std::string error;
  EXPECT_EQ(HttpPort::Open(kHost, port_->port(), &error), nullptr);
  EXPECT_EQ(error, "Address already in use");
}

TEST(HttpPortAddressTest, SaysWhatIsWrongWithIt) {
  std::string error;
  EXPECT_EQ(HttpPort::Open("192.0.2.1", 0, &error), nullptr);
  EXPECT_NE(error, "");
}

TEST(HttpPortAddressTest, IsInTheUrl) {
  std::string error;
  const std::unique_ptr<HttpPort> port = HttpPort::Open(kHost, 0, &error);
  ASSERT_NE(port, nullptr) << error;
  EXPECT_EQ(port->url(), "http://127.0.0.1:" + std::to_string(port->port()) + "/");
}

}  // namespace
}  // namespace ringcached::server
