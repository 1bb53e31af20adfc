// The contract of ring.h over real sockets: how connections end, and what the next one in the slot
// may and may not see of them.

#include <cerrno>
#include <string>
#include <vector>

#include "tests/server/io/ring_driver.h"
#include "tests/server/io/ring_setups.h"
#include "tests/server/io/sockets.h"

namespace ringcached::server {
namespace {

using Connection = RingDriver::Connection;

class RingEnd : public RingTest {};
RINGCACHED_ALL_RINGS(RingEnd);

TEST_P(RingEnd, ShutReadDeliversWhatHasArrivedThenEnds) {
  const std::string sent(20'000, 'z');
  ConnectedPair pair = TcpPair();
  const auto ring =
      NewRing({.max_connections = 1, .receive_buffers = 4, .receive_buffer_bytes = 1024});
  RingDriver driver(*ring);
  Connection& connection = driver.Adopt(0, pair.served.Release());
  WriteAll(pair.client, sent);
  driver.End(connection, SHUT_RD);
  ASSERT_TRUE(driver.RunUntil([&] { return connection.closed; }));
  EXPECT_EQ(connection.received.size(), sent.size());
  EXPECT_EQ(connection.receive_result, 0);
}

TEST_P(RingEnd, ShutWriteLetsThePeerAnswer) {
  ConnectedPair pair = TcpPair();
  const auto ring = NewRing();
  RingDriver driver(*ring);
  Connection& connection = driver.Adopt(0, pair.served.Release());
  ring->Shutdown(connection.id, SHUT_WR);
  driver.Turn(0);
  EXPECT_TRUE(AtEnd(pair.client));
  WriteAll(pair.client, "answer");
  ASSERT_TRUE(driver.RunUntil([&] { return connection.received == "answer"; }));
}

TEST_P(RingEnd, ShutBothEndsAWaitingSendAndTheReceive) {
  ConnectedPair pair = TcpPair();
  const auto ring = NewRing();
  RingDriver driver(*ring);
  Connection& connection = driver.Adopt(0, pair.served.Release());
  driver.Send(connection, std::string(16u << 20, 'x'));
  driver.Turn(0);
  ASSERT_TRUE(connection.send_in_flight) << "nobody reads, and yet 16 MiB were sent";
  driver.End(connection);
  ASSERT_TRUE(driver.RunUntil([&] { return connection.closed; }));
  EXPECT_EQ(connection.send_result, -EPIPE);
  EXPECT_FALSE(connection.receive_armed);
}

// An idle neighbour matters: some kernels keep a closed direct descriptor's socket until operations
// on others have ended.
TEST_P(RingEnd, CloseGivesThePeerItsEndBesideAnIdleConnection) {
  ConnectedPair idle = TcpPair();
  const auto ring = NewRing();
  RingDriver driver(*ring);
  driver.Adopt(0, idle.served.Release());
  driver.Turn(0);
  ConnectedPair pair = TcpPair();
  Connection& connection = driver.Adopt(1, pair.served.Release());
  connection.rearm = false;
  driver.Turn(0);
  ring->CancelReceive(connection.id);
  ASSERT_TRUE(driver.RunUntil([&] { return !connection.receive_armed; }));
  ring->Close(connection.id);
  ASSERT_TRUE(driver.RunUntil([&] { return connection.closed; }));
  EXPECT_TRUE(AtEnd(pair.client));
}

TEST_P(RingEnd, EndWithAnArmedReceiveGivesThePeerItsEnd) {
  ConnectedPair pair = TcpPair();
  const auto ring = NewRing();
  RingDriver driver(*ring);
  Connection& connection = driver.Adopt(0, pair.served.Release());
  driver.Turn(0);
  driver.End(connection);
  ASSERT_TRUE(driver.RunUntil([&] { return connection.closed; }));
  EXPECT_TRUE(AtEnd(pair.client));
}

// The shutdown runs in another thread of the kernel; the slot's next connection must not get it.
TEST_P(RingEnd, ShutdownNeverHitsTheNextConnectionOfTheSlot) {
  const auto ring = NewRing({.max_connections = 1});
  RingDriver driver(*ring);
  for (int cycle = 0; cycle < 300; ++cycle) {
    ConnectedPair pair = UnixPair();
    Connection& connection = driver.Adopt(0, pair.served.Release());
    WriteAll(pair.client, "ping");
    ASSERT_TRUE(driver.RunUntil([&] { return connection.received == "ping"; })) << cycle;
    driver.Send(connection, "pong");
    ASSERT_EQ(driver.RunUntil([&] { return connection.sends == 1; }), true) << cycle;
    ASSERT_EQ(ReadBytes(pair.client, 4), "pong") << cycle;
    pair.client.Reset();
    ASSERT_TRUE(driver.RunUntil([&] { return connection.stream_ended(); }));
    driver.End(connection);  // nothing is armed: shutdown and close in one turn
    ASSERT_TRUE(driver.RunUntil([&] { return connection.closed; }));
    driver.Forget(0);
  }
  EXPECT_EQ(driver.strays, 0u);
}

TEST_P(RingEnd, AReusedSlotGetsNothingOfItsPredecessor) {
  const auto ring = NewRing({.max_connections = 1, .receive_buffers = 2});
  RingDriver driver(*ring);
  for (int cycle = 0; cycle < 200; ++cycle) {
    ConnectedPair pair = TcpPair();
    const std::string name = "connection " + std::to_string(cycle);
    Connection& connection = driver.Adopt(0, pair.served.Release());
    WriteAll(pair.client, name);
    ASSERT_TRUE(driver.RunUntil([&] { return !connection.received.empty(); }));
    EXPECT_EQ(connection.received, name);
    WriteAll(pair.client, "still on its way when the connection ends");
    driver.Send(connection, "so is this");
    driver.End(connection);
    ASSERT_TRUE(driver.RunUntil([&] { return connection.closed; }));
    driver.Forget(0);
  }
  EXPECT_EQ(driver.strays, 0u) << "something came after kClosed, or for an earlier generation";
}

TEST_P(RingEnd, AThousandConnectionsLeaveNoDescriptor) {
  constexpr uint32_t kSlots = 8;
  const auto ring = NewRing({.max_connections = kSlots});
  RingDriver driver(*ring);
  driver.Turn(0);
  const size_t before = OpenDescriptors();
  for (uint32_t i = 0; i < 1000; ++i) {
    ConnectedPair pair = UnixPair();
    Connection& connection = driver.Adopt(i % kSlots, pair.served.Release());
    driver.End(connection);
    ASSERT_TRUE(driver.RunUntil([&] { return connection.closed; }));
    EXPECT_TRUE(AtEnd(pair.client)) << i;
    driver.Forget(i % kSlots);
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST_P(RingEnd, DestructionClosesEverything) {
  const size_t before = OpenDescriptors();
  ConnectedPair idle = UnixPair();
  ConnectedPair never_submitted = UnixPair();
  {
    const auto ring = NewRing();
    RingDriver driver(*ring);
    driver.Adopt(0, idle.served.Release());
    driver.Turn(0);
    driver.Adopt(1, never_submitted.served.Release());
  }
  EXPECT_TRUE(AtEnd(idle.client));
  EXPECT_TRUE(AtEnd(never_submitted.client));
  idle.client.Reset();
  never_submitted.client.Reset();
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST_P(RingEnd, BreakingARuleAborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const ConnectionId id = {.slot = 0, .generation = 1};
  const auto with_ring = [&](auto&& misuse) {
    ConnectedPair pair = UnixPair();
    const auto ring = NewRing();
    ASSERT_TRUE(ring->Attach(id, pair.served.Release()).ok());
    ring->ArmReceive(id);
    misuse(*ring);
  };
  EXPECT_DEATH(with_ring([&](Ring& ring) { ring.ArmReceive(id); }), "one receive at a time");
  EXPECT_DEATH(with_ring([&](Ring& ring) { ring.Close(id); }), "after everything has ended");
  EXPECT_DEATH(with_ring([&](Ring& ring) { ring.ArmReceive({.slot = 0, .generation = 2}); }),
               "the id is not attached");
  EXPECT_DEATH(with_ring([&](Ring& ring) { (void)ring.Attach(id, -1); }), "a free slot");
}

}  // namespace
}  // namespace ringcached::server
