#include "server/net/acceptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/server/net/simulated_server.h"

namespace ringcached::server {
namespace {

// Takes clients and nothing else.
class FakeTarget final : public DescriptorTarget {
 public:
  explicit FakeTarget(uint32_t load) : load_(load) {}
  void HandOver(AcceptedClient) override { ++load_; }
  uint32_t load() const override { return load_; }

 private:
  uint32_t load_;
};

std::vector<Listener> Listeners() {
  std::vector<Listener> listeners;
  listeners.emplace_back();
  return listeners;
}

Completion Accepted() {
  Completion completion;
  completion.kind = CompletionKind::kAccepted;
  completion.more = true;
  completion.result = open("/dev/null", O_RDONLY | O_CLOEXEC);
  return completion;
}

TEST(AcceptorTest, DealsToTheLeastLoaded) {
  ConnectionLimit limit(100);
  Acceptor acceptor(Listeners(), limit);
  FakeTarget busy(7);
  FakeTarget idle(0);
  FakeTarget middling(3);
  for (FakeTarget* target : {&busy, &idle, &middling}) acceptor.AddTarget(target);
  for (int i = 0; i < 11; ++i) acceptor.OnAccepted(Accepted(), /*now_ms=*/0);
  EXPECT_EQ(busy.load(), 7U);
  EXPECT_EQ(idle.load(), 7U);
  EXPECT_EQ(middling.load(), 7U);
  EXPECT_EQ(limit.current(), 11U);
}

TEST(AcceptorTest, TurnsAwayWhoIsTooMany) {
  ConnectionLimit limit(1);
  Acceptor acceptor(Listeners(), limit);
  FakeTarget target(0);
  acceptor.AddTarget(&target);
  acceptor.OnAccepted(Accepted(), 0);
  acceptor.OnAccepted(Accepted(), 0);
  EXPECT_EQ(target.load(), 1U);
  EXPECT_EQ(limit.rejected(), 1U);
}

// Without descriptors every accept fails at once; trying in every turn would be a busy loop.
TEST(AcceptorTest, RestsWhenDescriptorsRunOut) {
  SimulatedServer::Options options;
  options.faults.accept_failure = 1000;
  SimulatedServer server(options);
  const PeerId peer = server.ring().Connect(0);
  constexpr int kTurns = 1000;  // of a millisecond each
  server.Turn(kTurns);
  EXPECT_GT(server.limit().accept_failures(), 0U);
  EXPECT_LE(server.limit().accept_failures(), kTurns / Acceptor::kRetryMs + 1);
  EXPECT_FALSE(server.ring().PeerIsClosed(peer));
}

TEST(AcceptorTest, AcceptsAgainAfterAFailure) {
  SimulatedServer::Options options;
  options.faults.accept_failure = 500;
  SimulatedServer server(options);
  std::vector<PeerId> peers;
  for (int i = 0; i < 20; ++i) peers.push_back(server.ring().Connect(0));
  server.Turn(2000);
  EXPECT_GT(server.limit().accept_failures(), 0U);
  EXPECT_EQ(server.limit().current(), peers.size());
}

}  // namespace
}  // namespace ringcached::server
