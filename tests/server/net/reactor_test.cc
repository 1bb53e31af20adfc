// The reactor over the simulated ring: what a kernel may do to it, drawn from seeds. The ring
// checks the rules of ring.h (one send in flight, no close with a receive armed, no id beyond its
// end, no byte read after its buffer was given back) and aborts with the broken one.

#include "server/net/reactor.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/server/net/simulated_server.h"

namespace ringcached::server {
namespace {

// One client: what it will still send, and what must come back.
struct Client {
  PeerId peer;
  std::string to_send;
  std::string expected;
  std::string received;
  bool reset = false;
};

void AddRequests(std::mt19937_64& random, size_t number, Client& client) {
  const std::string key = "key" + std::to_string(number);
  for (int i = 0; i < 30; ++i) {
    const std::string value(random() % 300, static_cast<char>('a' + i % 26));
    client.to_send +=
        "set " + key + " 0 0 " + std::to_string(value.size()) + "\r\n" + value + "\r\n";
    client.to_send += "get " + key + " missing " + key + "\r\n";
    client.to_send += "get " + key + "\r\nmg " + key + "\r\n";
    const std::string hit =
        "VALUE " + key + " 0 " + std::to_string(value.size()) + "\r\n" + value + "\r\n";
    client.expected += "STORED\r\n" + hit + hit + "END\r\n" + hit + "END\r\nHD\r\n";
  }
}

void SendSome(std::mt19937_64& random, SimulatedRing& ring, Client& client) {
  const size_t bytes = std::min<size_t>(random() % 400, client.to_send.size());
  if (bytes > 0) ring.PeerSend(client.peer, client.to_send.substr(0, bytes));
  client.to_send.erase(0, bytes);
}

class ReactorFaultTest : public testing::TestWithParam<FaultPlan> {};

// Every client gets every reply, in order, and nothing else, whatever the ring does.
TEST_P(ReactorFaultTest, EveryReplyReachesItsClient) {
  uint64_t events = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SimulatedServer::Options options;
    options.faults = GetParam();
    options.faults.seed = seed;
    SimulatedServer server(options);
    std::mt19937_64 random(seed);
    std::vector<Client> clients(10);
    for (size_t i = 0; i < clients.size(); ++i) {
      clients[i].peer = server.ring().Connect(0);
      server.ring().SetPeerWindow(clients[i].peer, 1 + random() % 5000);
      AddRequests(random, i, clients[i]);
    }
    size_t waiting = clients.size();
    for (int turn = 0; waiting > 0 && turn < 20'000; ++turn) {
      waiting = 0;
      for (Client& client : clients) {
        SendSome(random, server.ring(), client);
        if (random() % 2 == 0) client.received += server.ring().PeerReceive(client.peer);
        if (client.received.size() < client.expected.size()) ++waiting;
      }
      server.Turn();
    }
    for (const Client& client : clients) ASSERT_TRUE(client.received == client.expected);
    for (const Client& client : clients) server.ring().PeerClose(client.peer);
    server.Turn(500);
    EXPECT_EQ(server.reactor().load(), 0U);
    for (const Client& client : clients) EXPECT_TRUE(server.ring().PeerIsClosed(client.peer));
    events += server.ring().counters().completions;
  }
  RecordProperty("completions", std::to_string(events));
}

FaultPlan Plan(uint32_t FaultPlan::*fault, uint32_t chance) {
  FaultPlan plan;
  plan.*fault = chance;
  return plan;
}

FaultPlan Everything() {
  FaultPlan plan;
  plan.short_receive = 300;
  plan.short_send = 300;
  plan.no_buffers = 300;
  plan.multishot_end = 300;
  plan.late_completion = 300;
  plan.accept_failure = 300;
  return plan;
}

INSTANTIATE_TEST_SUITE_P(Faults, ReactorFaultTest,
                         testing::Values(FaultPlan{}, Plan(&FaultPlan::short_receive, 500),
                                         Plan(&FaultPlan::short_send, 500),
                                         Plan(&FaultPlan::no_buffers, 500),
                                         Plan(&FaultPlan::multishot_end, 500),
                                         Plan(&FaultPlan::late_completion, 500),
                                         Plan(&FaultPlan::accept_failure, 500), Everything()));

// Connections that break at any moment leave nothing behind, and slots are used again.
TEST(ReactorTest, SurvivesResetsAndReusesSlots) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SimulatedServer::Options options;
    options.faults = Everything();
    options.faults.reset = 50;
    options.faults.accept_failure = 0;
    options.faults.seed = seed;
    options.max_connections = 8;
    SimulatedServer server(options);
    std::mt19937_64 random(seed);
    for (int generation = 0; generation < 20; ++generation) {
      std::vector<Client> clients(options.max_connections);
      for (size_t i = 0; i < clients.size(); ++i) {
        clients[i].peer = server.ring().Connect(0);
        AddRequests(random, i, clients[i]);
        server.ring().PeerSend(clients[i].peer, clients[i].to_send);
      }
      server.Turn(static_cast<int>(random() % 40));
      for (Client& client : clients) {
        if (!server.ring().PeerIsClosed(client.peer)) server.ring().PeerReset(client.peer);
      }
      server.Turn(500);
      ASSERT_EQ(server.reactor().load(), 0U);
      ASSERT_EQ(server.limit().current(), 0U);
    }
  }
}

// What was looked up ahead and not worked off is forgotten before its buffer is filled anew.
TEST(ReactorTest, LooksAheadWithinATurn) {
  SimulatedServer::Options options;
  options.receive_buffer_bytes = 4096;
  options.turn_requests = 2;
  SimulatedServer server(options);
  std::vector<PeerId> peers;
  for (int i = 0; i < 3; ++i) {
    peers.push_back(server.ring().Connect(0));
    server.ring().PeerSend(peers.back(), "set key" + std::to_string(i) + " 0 0 1\r\nv\r\n");
  }
  server.Turn(10);
  for (const PeerId peer : peers) EXPECT_EQ(server.ring().PeerReceive(peer), "STORED\r\n");
  // The third key of the first client will not be worked off in this turn ...
  server.ring().PeerSend(peers[0], "get key0\r\nget key0\r\nget key0\r\n");
  server.ring().PeerSend(peers[1], "version\r\n");
  server.Turn();
  // ... and in the next one another key lies there.
  server.ring().PeerSend(peers[2], "get longer_missing\r\nget key2\r\n");
  server.Turn(10);
  const std::string hit = "VALUE key0 0 1\r\nv\r\nEND\r\n";
  EXPECT_EQ(server.ring().PeerReceive(peers[0]), hit + hit + hit);
  EXPECT_EQ(server.ring().PeerReceive(peers[2]), "END\r\nVALUE key2 0 1\r\nv\r\nEND\r\n");
}

TEST(ReactorTest, DrainsUnderFaults) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SimulatedServer::Options options;
    options.faults = Everything();
    options.faults.accept_failure = 0;
    options.faults.seed = seed;
    options.drain_timeout_ms = 100'000;
    SimulatedServer server(options);
    std::mt19937_64 random(seed);
    std::vector<Client> clients(10);
    for (size_t i = 0; i < clients.size(); ++i) {
      clients[i].peer = server.ring().Connect(0);
      AddRequests(random, i, clients[i]);
    }
    server.Turn(200);
    for (Client& client : clients) server.ring().PeerSend(client.peer, client.to_send);
    server.reactor().RequestStop();
    for (int turn = 0; turn < 20'000 && !server.reactor().Finished(); ++turn) {
      server.Turn();
      for (Client& client : clients) client.received += server.ring().PeerReceive(client.peer);
    }
    EXPECT_TRUE(server.reactor().Finished());
    for (const Client& client : clients) ASSERT_TRUE(client.received == client.expected);
  }
}

TEST(ReactorTest, CutsOffWhoDoesNotReadWhenTheDrainTimesOut) {
  SimulatedServer::Options options;
  options.drain_timeout_ms = 50;
  SimulatedServer server(options);
  const PeerId peer = server.ring().Connect(0);
  server.ring().SetPeerWindow(peer, 0);
  server.ring().PeerSend(peer, "version\r\n");
  server.Turn(10);
  server.reactor().RequestStop();
  server.Turn(40);
  EXPECT_FALSE(server.reactor().Finished());
  server.Turn(100);
  EXPECT_TRUE(server.reactor().Finished());
  EXPECT_EQ(server.reactor().load(), 0U);
}

TEST(ReactorTest, StopsReadingFromAClientThatDoesNotRead) {
  SimulatedServer server({});
  const PeerId peer = server.ring().Connect(0);
  server.ring().SetPeerWindow(peer, 0);
  server.Turn(5);
  const std::string value(10'000, 'v');
  server.ring().PeerSend(peer, "set a 0 0 10000\r\n" + value + "\r\n");
  std::string requests;
  for (int i = 0; i < 10'000; ++i) requests += "get a\r\n";
  server.ring().PeerSend(peer, requests);
  server.Turn(1000);
  // Two sinkfuls are made, one in flight and one gathering; the requests behind them wait unread.
  const uint64_t completions = server.ring().counters().completions;
  server.Turn(1000);
  EXPECT_EQ(server.ring().counters().completions, completions);
}

}  // namespace
}  // namespace ringcached::server
