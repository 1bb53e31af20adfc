// Acceptor::WhenFull::kWait: clients beyond the limit wait until somebody leaves.

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "server/net/acceptor.h"
#include "tests/server/net/simulated_server.h"
#include "tests/server/net/test_server.h"

namespace ringcached::server {
namespace {

constexpr uint32_t kMax = 2;
constexpr char kVersion[] = "VERSION 1.6.45-ringcached-test\r\n";

SimulatedServer::Options Options() {
  SimulatedServer::Options options;
  options.max_connections = kMax;
  options.when_full = Acceptor::WhenFull::kWait;
  return options;
}

// Long enough for the acceptor to look for room again.
constexpr int kTurnsToNotice = 2 * Acceptor::kRetryMs;

PeerId ConnectAndAsk(SimulatedServer& server) {
  const PeerId peer = server.ring().Connect(0);
  server.ring().PeerSend(peer, "version\r\n");
  return peer;
}

TEST(AcceptorWaitTest, WhoIsTooManyWaitsUntilSomebodyLeaves) {
  SimulatedServer server(Options());
  const PeerId first = ConnectAndAsk(server);
  const PeerId second = ConnectAndAsk(server);
  server.Turn(10);
  const PeerId third = ConnectAndAsk(server);
  const PeerId fourth = ConnectAndAsk(server);
  server.Turn(100);
  EXPECT_EQ(server.ring().PeerReceive(first), kVersion);
  EXPECT_EQ(server.ring().PeerReceive(second), kVersion);
  EXPECT_EQ(server.ring().PeerReceive(third), "");
  EXPECT_FALSE(server.ring().PeerIsClosed(third));
  EXPECT_EQ(server.limit().current(), kMax);
  EXPECT_EQ(server.limit().rejected(), 0U);
  server.ring().PeerClose(first);
  server.Turn(kTurnsToNotice);
  EXPECT_EQ(server.ring().PeerReceive(third), kVersion);
  EXPECT_EQ(server.ring().PeerReceive(fourth), "");
  server.ring().PeerClose(second);
  server.ring().PeerClose(third);
  server.Turn(kTurnsToNotice);
  EXPECT_EQ(server.ring().PeerReceive(fourth), kVersion);
  EXPECT_EQ(server.limit().current(), 1U);
  EXPECT_EQ(server.limit().total(), 4U);
}

TEST(AcceptorWaitTest, CountsHowOftenAndHowLongNobodyWasAccepted) {
  SimulatedServer server(Options());
  const PeerId first = server.ring().Connect(0);
  server.Turn(10);
  EXPECT_EQ(server.limit().listen_disabled(), 0U);
  server.ring().Connect(0);
  server.Turn(1000);
  EXPECT_EQ(server.limit().listen_disabled(), 1U);
  EXPECT_EQ(server.limit().listen_disabled_ms(), 0U) << "it has not ended yet";
  server.ring().PeerClose(first);
  server.Turn(kTurnsToNotice);
  EXPECT_EQ(server.limit().listen_disabled(), 1U);
  EXPECT_GE(server.limit().listen_disabled_ms(), 990U);
  EXPECT_LE(server.limit().listen_disabled_ms(), 1000U + kTurnsToNotice);
  server.ring().Connect(0);
  server.Turn(10);
  EXPECT_EQ(server.limit().listen_disabled(), 2U);
}

// Nobody tells the acceptor that somebody has left: it looks again, but not all the time.
TEST(AcceptorWaitTest, LooksForRoomNowAndThen) {
  SimulatedServer server(Options());
  for (uint32_t i = 0; i < kMax; ++i) server.ring().Connect(0);
  server.Turn(50);
  EXPECT_EQ(server.ring().last_timeout_ms(), Acceptor::kRetryMs);
}

TEST(AcceptorWaitTest, RejectingIsNotCountedAsWaiting) {
  SimulatedServer::Options options = Options();
  options.when_full = Acceptor::WhenFull::kReject;
  SimulatedServer server(options);
  for (int i = 0; i < 4; ++i) server.ring().Connect(0);
  server.Turn(50);
  EXPECT_EQ(server.limit().listen_disabled(), 0U);
  EXPECT_EQ(server.limit().rejected(), 2U);
}

TEST(AcceptorWaitTest, StopsWhilePaused) {
  SimulatedServer server(Options());
  std::vector<PeerId> peers;
  for (int i = 0; i < 6; ++i) peers.push_back(server.ring().Connect(0));
  server.Turn(50);
  ASSERT_EQ(server.limit().listen_disabled(), 1U);
  server.reactor().RequestStop();
  server.Turn(50);
  EXPECT_TRUE(server.reactor().Finished());
  EXPECT_TRUE(server.acceptor().stopped());
  EXPECT_EQ(server.limit().current(), 0U);
}

// Whatever the ring does, everybody is served in the end and nobody too many at once.
TEST(AcceptorWaitTest, EverybodyIsServedUnderFaults) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SimulatedServer::Options options = Options();
    options.faults = {.seed = seed,
                      .no_buffers = 200,
                      .multishot_end = 300,
                      .late_completion = 300,
                      .accept_failure = 200};
    SimulatedServer server(options);
    std::vector<PeerId> peers;
    for (int i = 0; i < 20; ++i) {
      peers.push_back(server.ring().Connect(0));
      server.ring().PeerSend(peers.back(), "version\r\nquit\r\n");
    }
    for (int turn = 0; turn < 5000 && server.limit().total() < 20; ++turn) {
      server.Turn();
      ASSERT_LE(server.limit().current(), kMax);
    }
    server.Turn(200);
    for (const PeerId peer : peers) {
      EXPECT_EQ(server.ring().PeerReceive(peer), kVersion);
      EXPECT_TRUE(server.ring().PeerIsClosed(peer));
    }
    EXPECT_EQ(server.limit().current(), 0U);
    EXPECT_EQ(server.limit().rejected(), 0U);
  }
}

// Takes clients and keeps them.
class KeepingTarget final : public DescriptorTarget {
 public:
  void HandOver(AcceptedClient client) override { clients_.push_back(std::move(client)); }
  uint32_t load() const override { return static_cast<uint32_t>(clients_.size()); }
  std::vector<AcceptedClient>& clients() { return clients_; }

 private:
  std::vector<AcceptedClient> clients_;
};

Completion Accepted(bool more) {
  Completion completion;
  completion.kind = CompletionKind::kAccepted;
  completion.more = more;
  completion.result = open("/dev/null", O_RDONLY | O_CLOEXEC);
  return completion;
}

Completion Cancelled() {
  Completion completion;
  completion.kind = CompletionKind::kAccepted;
  completion.result = -ECANCELED;
  return completion;
}

// Those that were accepted before accepting could be stopped hold descriptors.
TEST(AcceptorWaitTest, ClosesThoseThatStillWaitWhenItStops) {
  const size_t before = OpenDescriptors();
  {
    SimulatedRing ring({}, {});
    ConnectionLimit limit(1);
    std::vector<Listener> listeners;
    listeners.emplace_back();
    Acceptor acceptor(std::move(listeners), limit, Acceptor::WhenFull::kWait);
    KeepingTarget target;
    acceptor.AddTarget(&target);
    acceptor.Start(ring);
    for (int i = 0; i < 3; ++i) acceptor.OnAccepted(Accepted(/*more=*/true), 0);
    acceptor.Settle(ring, 0);
    EXPECT_EQ(target.load(), 1U);
    EXPECT_EQ(OpenDescriptors(), before + 3);
    acceptor.Stop(ring);
    EXPECT_FALSE(acceptor.stopped());
    acceptor.OnAccepted(Cancelled(), 0);
    EXPECT_TRUE(acceptor.stopped());
    EXPECT_EQ(OpenDescriptors(), before + 1);
    acceptor.WaitUntilStopped();
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST(AcceptorWaitTest, ServesInTheOrderOfArrivalUnderNumbersOfTheirOwn) {
  SimulatedRing ring({}, {});
  ConnectionLimit limit(1);
  std::vector<Listener> listeners;
  listeners.emplace_back();
  Acceptor acceptor(std::move(listeners), limit, Acceptor::WhenFull::kWait);
  KeepingTarget target;
  acceptor.AddTarget(&target);
  acceptor.Start(ring);
  std::vector<int> descriptors;
  for (int i = 0; i < 3; ++i) {
    const Completion accepted = Accepted(/*more=*/true);
    descriptors.push_back(accepted.result);
    acceptor.OnAccepted(accepted, 0);
  }
  for (int i = 0; i < 2; ++i) {
    limit.Release();
    acceptor.Settle(ring, 0);
  }
  ASSERT_EQ(target.load(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(target.clients()[i].socket.get(), descriptors[i]);
    EXPECT_EQ(target.clients()[i].number, 2 + i) << "the listener is number 1";
  }
  EXPECT_EQ(limit.current(), 1U);
}

}  // namespace
}  // namespace ringcached::server
