// The admin port beside a real server.

#include "server/admin/http_port.h"

#include <gtest/gtest.h>

#include <chrono>
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

// More of them than there is room for: the oldest go, and nobody waits for any.
TEST_F(HttpPortTest, SilentClientsMakeRoom) {
  std::vector<std::unique_ptr<TestClient>> silent;
  for (size_t i = 0; i < HttpListener::kMaxClients + 2; ++i) {
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
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(kDeadlineSeconds);
  while (client.TrySend(line)) {
    sent += line.size();
    ASSERT_LT(std::chrono::steady_clock::now(), end) << sent;
  }
}

TEST_F(HttpPortTest, ALargeRequestIsRefusedWithAReply) {
  TestClient client(port_->port());
  std::string request = "GET /healthz HTTP/1.1\r\n";
  while (request.size() < 2 * HttpListener::kMaxRequestBytes) request += "X: y\r\n";
  client.Send(request);
  EXPECT_TRUE(client.ReceiveToEnd().starts_with("HTTP/1.1 400"));
  TestClient other(port_->port());
  other.Send("GET /" + std::string(HttpListener::kMaxLineBytes, 'x') + " HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(other.ReceiveToEnd().starts_with("HTTP/1.1 400"));
}

// cpp-httplib makes 72 MB of this page, compresses for 30 ms, and recurses over each character.
TEST_F(HttpPortTest, HeadersAskForNothing) {
  const std::string plain = Get("/").body;
  std::string ranges = "0-";
  while (ranges.size() < 8000) ranges += ",0-";
  for (const std::string& header :
       {"Range: bytes=" + ranges, "Range: bytes=" + std::string(8100, '1') + "-x",
        std::string("Range: foo"), std::string("Accept-Encoding: br, gzip"),
        std::string("Expect: 100-continue"), std::string("Connection: keep-alive")}) {
    TestClient client(port_->port());
    client.Send("GET / HTTP/1.1\r\n" + header + "\r\n\r\n");
    const std::string reply = client.ReceiveToEnd();
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 200")) << header.substr(0, 50);
    EXPECT_TRUE(reply.ends_with("\r\n\r\n" + plain)) << header.substr(0, 50);
  }
}

TEST_F(HttpPortTest, ABodyIsNotWaitedFor) {
  TestClient client(port_->port());
  client.Send("POST /metrics HTTP/1.1\r\nContent-Length: 1000000\r\n\r\nx");
  EXPECT_TRUE(client.ReceiveToEnd().starts_with("HTTP/1.1 405"));
}

TEST_F(HttpPortTest, ARequestMayComeInPieces) {
  TestClient client(port_->port());
  for (const char* piece : {"GET /hea", "lthz HTTP/1.1\r", "\nHost: a\r\n", "\r", "\n"}) {
    client.Send(piece);
  }
  EXPECT_TRUE(client.ReceiveToEnd().starts_with("HTTP/1.1 200"));
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
  const TestClient silent(port_->port());
  TestClient does_not_read(port_->port());
  does_not_read.SetReceiveBufferBytes(2048);
  does_not_read.Send("GET /metrics HTTP/1.1\r\n\r\n");
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
