// The loop against a server of a few lines that answers, or misbehaves, as each test wants.

#include "bench/load/load_loop.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "bench/load/clock.h"
#include "bench/load/text_protocol.h"

namespace ringcached::load {
namespace {

constexpr uint32_t kTimeoutS = 20;

// Takes one connection and answers each line; an empty answer closes the connection.
class OneClientServer {
 public:
  using Answer = std::function<std::string(const std::string& line)>;

  explicit OneClientServer(Answer answer) : answer_(std::move(answer)) {
    listener_ = server::UniqueFd(socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listener_.get(), generic, bytes), 0);
    EXPECT_EQ(listen(listener_.get(), 1), 0);
    EXPECT_EQ(getsockname(listener_.get(), generic, &bytes), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  // REQUIRES: the client has closed its connection, or was closed.
  ~OneClientServer() { thread_.join(); }

  uint16_t port() const { return port_; }

 private:
  void Serve() {
    const server::UniqueFd client(accept(listener_.get(), nullptr, nullptr));
    std::string received;
    std::array<char, 4096> buffer;
    while (true) {
      const ssize_t count = recv(client.get(), buffer.data(), buffer.size(), 0);
      if (count <= 0) return;
      received.append(buffer.data(), static_cast<size_t>(count));
      if (!AnswerLines(client.get(), received)) return;
    }
  }

  bool AnswerLines(int client, std::string& received) {
    for (size_t end = received.find('\n'); end != std::string::npos; end = received.find('\n')) {
      const std::string reply = answer_(received.substr(0, end + 1));
      if (reply.empty()) return false;
      if (send(client, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) return false;
      received.erase(0, end + 1);
    }
    return true;
  }

  Answer answer_;
  server::UniqueFd listener_;
  uint16_t port_ = 0;
  std::thread thread_;
};

class LoadLoopTest : public testing::Test {
 protected:
  std::string Hit() const {
    std::string reply = "VALUE ";
    keys_.AppendKey(0, reply);
    reply += " 0 4\r\n";
    keys_.AppendValue(0, reply);
    return reply + "\r\nEND\r\n";
  }

  // Gets the only key `count` times over one connection.
  Tally Get(OneClientServer::Answer answer, uint64_t count, uint32_t pipeline) {
    return Run(std::move(answer),
               {.connection_count = 1, .pipeline = pipeline, .requests_per_connection = count});
  }

  // Gets the only key at random times, `per_second` on average, for so long.
  Tally GetAtRate(OneClientServer::Answer answer, double per_second, int64_t ms) {
    const int64_t start_ns = NowNs();
    return Run(std::move(answer), {.connection_count = 1,
                                   .deadline_ns = start_ns + ms * 1'000'000,
                                   .arrivals = Arrivals(per_second, start_ns, 1)});
  }

  Tally Run(OneClientServer::Answer answer, const Phase& phase) {
    const OneClientServer server(std::move(answer));
    Tally tally;
    const absl::StatusOr<Endpoint> endpoint = Endpoint::Resolve("127.0.0.1", server.port());
    absl::StatusOr<LoadLoop> loop = LoadLoop::Create(protocol_, kTimeoutS);
    EXPECT_TRUE(endpoint.ok() && loop.ok() && loop->Open(*endpoint, 1).ok());
    loop->Run(
        phase,
        []() -> std::optional<Request> {
          return Request{Command::kGet, 0};
        },
        tally);
    return tally;
  }

  KeySpace keys_{1, 4};
  TextProtocol protocol_{keys_};
};

TEST_F(LoadLoopTest, CountsRightReplies) {
  const Tally tally = Get([&](const std::string&) { return Hit(); }, 1000, 7);
  EXPECT_EQ(tally.gets, 1000u);
  EXPECT_EQ(tally.latency.count(), 1000u);
  EXPECT_EQ(tally.misses, 0u);
  EXPECT_TRUE(tally.clean()) << tally.first_error;
}

TEST_F(LoadLoopTest, CountsMisses) {
  const Tally tally = Get([](const std::string&) { return "END\r\n"; }, 10, 3);
  EXPECT_EQ(tally.misses, 10u);
  EXPECT_TRUE(tally.clean());
}

TEST_F(LoadLoopTest, FindsAWrongReply) {
  int served = 0;
  const auto wrong_at_fifth = [&](const std::string&) {
    std::string reply = Hit();
    if (++served == 5) reply[reply.size() - 10] ^= 1;
    return reply;
  };
  const Tally tally = Get(wrong_at_fifth, 10, 1);
  EXPECT_EQ(tally.gets, 4u);
  EXPECT_EQ(tally.wrong_replies, 1u);
  EXPECT_FALSE(tally.clean());
  EXPECT_NE(tally.first_error.find("get of key 0"), std::string::npos) << tally.first_error;
}

TEST_F(LoadLoopTest, CountsWhatAClosedConnectionLoses) {
  int served = 0;
  const auto close_at_fifth = [&](const std::string&) { return ++served == 5 ? "" : Hit(); };
  const Tally tally = Get(close_at_fifth, 10, 2);
  EXPECT_EQ(tally.gets, 4u);
  EXPECT_EQ(tally.lost_replies, 2u);
  EXPECT_EQ(tally.lost_connections, 1u);
}

TEST_F(LoadLoopTest, FindsAReplyTooMany) {
  const Tally tally = Get([&](const std::string&) { return Hit() + Hit(); }, 1, 1);
  EXPECT_EQ(tally.gets, 1u);
  EXPECT_EQ(tally.wrong_replies, 1u);
}

TEST_F(LoadLoopTest, AsksAsManyAsAreDue) {
  const Tally tally = GetAtRate([&](const std::string&) { return Hit(); }, 10'000, 200);
  // 2000 on average, by Poisson's law; 200 more or less are four and a half deviations.
  EXPECT_GT(tally.gets + tally.unsent_requests, 1800u);
  EXPECT_LT(tally.gets + tally.unsent_requests, 2200u);
  EXPECT_TRUE(tally.clean()) << tally.first_error;
}

TEST_F(LoadLoopTest, WhatIsDueMeanwhileCountsFromThen) {
  constexpr auto kStall = std::chrono::milliseconds(100);
  int served = 0;
  const auto stall_once = [&](const std::string&) {
    if (++served == 10) std::this_thread::sleep_for(kStall);
    return Hit();
  };
  const Tally tally = GetAtRate(stall_once, 1000, 200);
  // Of some 200, some 100 were due during the stall, and these waited for 50 ms on average; a loop
  // that waits for replies would have one that waited.
  EXPECT_GT(tally.latency.QuantileNs(0.9), 20'000'000u);
}

TEST_F(LoadLoopTest, AnOpenLoopEndsWithItsConnections) {
  const Tally tally = GetAtRate([](const std::string&) { return ""; }, 10'000, 60'000);
  EXPECT_EQ(tally.lost_connections, 1u);
}

}  // namespace
}  // namespace ringcached::load
