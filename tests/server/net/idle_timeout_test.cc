// Clients that send nothing for longer than the idle timeout are closed, and only they.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/server/net/simulated_server.h"

namespace ringcached::server {
namespace {

constexpr uint32_t kTimeoutSeconds = 60;

SimulatedServer::Options Options() {
  SimulatedServer::Options options;
  options.idle_timeout_seconds = kTimeoutSeconds;
  return options;
}

// Seconds pass, with some turns in each.
void PassSeconds(SimulatedServer& server, uint32_t seconds) {
  for (uint32_t i = 0; i < seconds; ++i) {
    server.clock().AdvanceMs(1000 - 3);
    server.Turn(3);
  }
}

uint64_t Kicks(SimulatedServer& server) { return server.reactor().Figures().idle_kicks; }

TEST(IdleTimeoutTest, ClosesWhoSendsNothingOnceTheTimeHasPassed) {
  SimulatedServer server(Options());
  const PeerId silent = server.ring().Connect(0);
  const PeerId once = server.ring().Connect(0);
  server.ring().PeerSend(once, "version\r\n");
  server.Turn(5);
  PassSeconds(server, kTimeoutSeconds);
  EXPECT_FALSE(server.ring().PeerIsClosed(silent));
  EXPECT_FALSE(server.ring().PeerIsClosed(once));
  EXPECT_EQ(Kicks(server), 0U);
  PassSeconds(server, 2);
  server.Turn(5);
  EXPECT_TRUE(server.ring().PeerIsClosed(silent));
  EXPECT_TRUE(server.ring().PeerIsClosed(once));
  EXPECT_EQ(Kicks(server), 2U);
  EXPECT_EQ(server.limit().current(), 0U);
  EXPECT_EQ(server.reactor().load(), 0U);
}

TEST(IdleTimeoutTest, CountsFromTheLastRequest) {
  SimulatedServer server(Options());
  const PeerId peer = server.ring().Connect(0);
  server.Turn(5);
  for (int i = 0; i < 5; ++i) {
    PassSeconds(server, kTimeoutSeconds - 1);
    server.ring().PeerSend(peer, "get a\r\n");
    server.Turn(5);
    EXPECT_EQ(server.ring().PeerReceive(peer), "END\r\n") << i;
  }
  EXPECT_EQ(Kicks(server), 0U);
  PassSeconds(server, kTimeoutSeconds + 2);
  EXPECT_EQ(Kicks(server), 1U);
}

// A few bytes must not hold a place for ever.
TEST(IdleTimeoutTest, ClosesWhoStoppedInTheMiddleOfACommand) {
  SimulatedServer server(Options());
  const PeerId in_line = server.ring().Connect(0);
  server.ring().PeerSend(in_line, "get a");
  const PeerId in_value = server.ring().Connect(0);
  server.ring().PeerSend(in_value, "set a 0 0 10\r\nhalf");
  server.Turn(5);
  PassSeconds(server, 3 * kTimeoutSeconds);
  EXPECT_EQ(Kicks(server), 2U);
  EXPECT_TRUE(server.ring().PeerIsClosed(in_line));
  EXPECT_TRUE(server.ring().PeerIsClosed(in_value));
}

TEST(IdleTimeoutTest, SparesWhoIsBeingSentTo) {
  SimulatedServer server(Options());
  const PeerId peer = server.ring().Connect(0);
  server.ring().SetPeerWindow(peer, 3);
  server.ring().PeerSend(peer, "get a\r\n");
  server.Turn(5);
  PassSeconds(server, 3 * kTimeoutSeconds);
  EXPECT_EQ(Kicks(server), 0U);
  std::string reply = server.ring().PeerReceive(peer);
  server.Turn(2);
  reply += server.ring().PeerReceive(peer);
  EXPECT_EQ(reply, "END\r\n");
}

TEST(IdleTimeoutTest, SparesWhoWatches) {
  SimulatedServer server(Options());
  const PeerId peer = server.ring().Connect(0);
  server.ring().PeerSend(peer, "watch evictions\r\n");
  server.Turn(5);
  ASSERT_EQ(server.ring().PeerReceive(peer), "OK\r\n");
  PassSeconds(server, 3 * kTimeoutSeconds);
  EXPECT_FALSE(server.ring().PeerIsClosed(peer));
  EXPECT_EQ(Kicks(server), 0U);
}

TEST(IdleTimeoutTest, ClosesNobodyWithoutATimeout) {
  SimulatedServer server({});
  const PeerId peer = server.ring().Connect(0);
  server.Turn(5);
  PassSeconds(server, 1000);
  EXPECT_FALSE(server.ring().PeerIsClosed(peer));
  EXPECT_EQ(server.ring().last_timeout_ms(), Ring::kWaitForever);
}

// Nothing happens on a quiet server: it has to look by itself.
TEST(IdleTimeoutTest, WakesUpToLook) {
  SimulatedServer server(Options());
  server.Turn(5);
  EXPECT_EQ(server.ring().last_timeout_ms(), Ring::kWaitForever);
  server.ring().Connect(0);
  server.Turn(5);
  EXPECT_GT(server.ring().last_timeout_ms(), 0);
  EXPECT_LE(server.ring().last_timeout_ms(), 1000);
}

TEST(IdleTimeoutTest, AWatcherIsToldTheReason) {
  SimulatedServer server(Options());
  const PeerId watcher = server.ring().Connect(0);
  server.ring().PeerSend(watcher, "watch connevents\r\n");
  server.Turn(5);
  server.ring().Connect(0);
  server.Turn(5);
  PassSeconds(server, kTimeoutSeconds + 2);
  server.Turn(5);
  const std::string lines = server.ring().PeerReceive(watcher);
  EXPECT_NE(lines.find("type=conn_new"), std::string::npos) << lines;
  EXPECT_NE(lines.find("type=conn_close"), std::string::npos) << lines;
  EXPECT_NE(lines.find("reason=idle_timeout"), std::string::npos) << lines;
}

}  // namespace
}  // namespace ringcached::server
