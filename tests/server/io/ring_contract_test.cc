// The contract of ring.h over real sockets: accepting, receiving, sending, waking and waiting.

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "tests/server/io/ring_driver.h"
#include "tests/server/io/ring_setups.h"
#include "tests/server/io/sockets.h"

namespace ringcached::server {
namespace {

using Connection = RingDriver::Connection;

class RingContract : public RingTest {};
RINGCACHED_ALL_RINGS(RingContract);

// Distinct bytes, so that a reordered or lost one shows.
std::string Pattern(size_t bytes) {
  std::string result(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) result[i] = static_cast<char>('!' + (i * 7 + i / 251) % 90);
  return result;
}

void CloseAll(const std::vector<int>& descriptors) {
  for (const int fd : descriptors) UniqueFd{fd};
}

TEST_P(RingContract, DescribesTheFeaturesInUse) {
  const std::string text = NewRing()->Describe();
  const RingSetup& setup = GetParam();
  EXPECT_EQ(text.starts_with(setup.io_uring() ? "io_uring" : "epoll"), true) << text;
  if (!setup.io_uring()) return;
  const absl::StatusOr<IoUringFeatures> present = ProbeIoUring();
  const auto expect = [&](bool IoUringFeatures::*feature, const char* name) {
    EXPECT_EQ(text.find(name) != std::string::npos, setup.features.*feature && (*present).*feature)
        << name << " in: " << text;
  };
  expect(&IoUringFeatures::multishot_accept, "multishot accept");
  expect(&IoUringFeatures::multishot_receive, "multishot receive");
  expect(&IoUringFeatures::direct_descriptors, "direct descriptors");
  expect(&IoUringFeatures::defer_taskrun, "deferred task work");
  expect(&IoUringFeatures::registered_ring_fd, "registered ring");
}

TEST_P(RingContract, AcceptsNonBlockingDescriptors) {
  constexpr size_t kClients = 20;
  const TcpListener listener = ListenOnLoopback();
  const auto ring = NewRing();
  RingDriver driver(*ring);
  driver.Listen(3, listener.fd.get());
  std::vector<UniqueFd> clients;
  for (size_t i = 0; i < kClients; ++i) clients.push_back(ConnectTo(listener.port));
  ASSERT_TRUE(driver.RunUntil([&] { return driver.accepted.size() == kClients; }));
  for (const int fd : driver.accepted) {
    EXPECT_NE(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  }
  const bool multishot = !GetParam().io_uring() || GetParam().features.multishot_accept;
  EXPECT_EQ(driver.accept_arms, multishot ? 1 : kClients + 1);
  CloseAll(driver.accepted);
}

TEST_P(RingContract, CancelledAcceptEndsAndCanBeArmedAgain) {
  const TcpListener listener = ListenOnLoopback();
  const auto ring = NewRing();
  RingDriver driver(*ring);
  driver.Listen(0, listener.fd.get());
  driver.Turn(0);
  driver.CancelAccept(0);
  ASSERT_TRUE(driver.RunUntil([&] { return !driver.accept_results.empty(); }));
  EXPECT_EQ(driver.accept_results, std::vector<int>{-ECANCELED});

  const UniqueFd client = ConnectTo(listener.port);
  driver.Turn(0);
  EXPECT_TRUE(driver.accepted.empty());
  driver.Listen(0, listener.fd.get());
  ASSERT_TRUE(driver.RunUntil([&] { return !driver.accepted.empty(); }));
  CloseAll(driver.accepted);
}

TEST_P(RingContract, CancellingWhatIsNotArmedTellsNothing) {
  ConnectedPair pair = TcpPair();
  const auto ring = NewRing();
  ASSERT_TRUE(ring->Attach({.slot = 0, .generation = 1}, pair.served.Release()).ok());
  ring->CancelAccept(0);
  ring->CancelReceive({.slot = 0, .generation = 1});
  for (int turn = 0; turn < 3; ++turn) EXPECT_TRUE(ring->SubmitAndWait(1).empty());
}

TEST_P(RingContract, ReceivesManyMessagesInOrder) {
  constexpr size_t kMessages = 300;
  ConnectedPair pair = TcpPair();
  const auto ring = NewRing();
  RingDriver driver(*ring);
  Connection& connection = driver.Adopt(5, pair.served.Release());
  std::string sent;
  for (size_t i = 0; i < kMessages; ++i) {
    const std::string message = Pattern(1 + i % 50);
    WriteAll(pair.client, message);
    sent += message;
    ASSERT_TRUE(driver.RunUntil([&] { return connection.received.size() == sent.size(); }));
  }
  EXPECT_EQ(connection.received, sent);
  const bool multishot = !GetParam().io_uring() || GetParam().features.multishot_receive;
  EXPECT_EQ(connection.arms, multishot ? 1 : connection.receives + 1);
}

TEST_P(RingContract, ReceivesMoreThanABufferHolds) {
  const std::string sent = Pattern(100'000);
  ConnectedPair pair = TcpPair();
  const auto ring =
      NewRing({.max_connections = 2, .receive_buffers = 8, .receive_buffer_bytes = 512});
  RingDriver driver(*ring);
  Connection& connection = driver.Adopt(1, pair.served.Release());
  std::thread writer([&] { WriteAll(pair.client, sent); });
  EXPECT_TRUE(driver.RunUntil([&] { return connection.received.size() == sent.size(); }));
  writer.join();
  EXPECT_EQ(connection.received, sent);
}

TEST_P(RingContract, PeersEndEndsTheReceive) {
  ConnectedPair pair = TcpPair();
  const auto ring = NewRing();
  RingDriver driver(*ring);
  Connection& connection = driver.Adopt(0, pair.served.Release());
  WriteAll(pair.client, "last words");
  pair.client.Reset();
  ASSERT_TRUE(driver.RunUntil([&] { return connection.stream_ended(); }));
  EXPECT_EQ(connection.received, "last words");
  EXPECT_EQ(connection.receive_result, 0);
}

TEST_P(RingContract, PeersResetEndsTheReceiveWithAnError) {
  ConnectedPair pair = TcpPair();
  const auto ring = NewRing();
  RingDriver driver(*ring);
  Connection& connection = driver.Adopt(0, pair.served.Release());
  driver.Turn(0);
  const linger reset_on_close = {.l_onoff = 1, .l_linger = 0};
  ::setsockopt(pair.client.get(), SOL_SOCKET, SO_LINGER, &reset_on_close, sizeof(reset_on_close));
  pair.client.Reset();
  ASSERT_TRUE(driver.RunUntil([&] { return connection.stream_ended(); }));
  EXPECT_EQ(connection.receive_result, -ECONNRESET);
}

TEST_P(RingContract, CancelledReceiveEndsAndCanBeArmedAgain) {
  ConnectedPair pair = TcpPair();
  const auto ring = NewRing();
  RingDriver driver(*ring);
  Connection& connection = driver.Adopt(0, pair.served.Release());
  connection.rearm = false;
  driver.Turn(0);
  ring->CancelReceive(connection.id);
  ASSERT_TRUE(driver.RunUntil([&] { return !connection.receive_armed; }));
  EXPECT_EQ(connection.receive_result, -ECANCELED);

  WriteAll(pair.client, "kept by the socket");
  driver.Turn(0);
  EXPECT_EQ(connection.received, "");
  driver.Arm(connection);
  ASSERT_TRUE(driver.RunUntil([&] { return connection.received == "kept by the socket"; }));
}

TEST_P(RingContract, SendsEveryPartOfAMessage) {
  ConnectedPair pair = TcpPair();
  const auto ring = NewRing();
  const ConnectionId id = {.slot = 7, .generation = 9};
  ASSERT_TRUE(ring->Attach(id, pair.served.Release()).ok());
  std::array<std::string, 3> parts = {"VALUE k 0 5\r\n", "hello", "\r\nEND\r\n"};
  std::array<iovec, 3> iovecs;
  for (size_t i = 0; i < parts.size(); ++i) iovecs[i] = {parts[i].data(), parts[i].size()};
  msghdr message = {};
  message.msg_iov = iovecs.data();
  message.msg_iovlen = iovecs.size();
  ring->Send(id, &message);
  const std::span<const Completion> completions = ring->SubmitAndWait(Ring::kWaitForever);
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_EQ(completions[0].kind, CompletionKind::kSent);
  EXPECT_EQ(completions[0].connection, id);
  EXPECT_EQ(completions[0].result, 25);
  EXPECT_EQ(ReadBytes(pair.client, 25), "VALUE k 0 5\r\nhello\r\nEND\r\n");
}

TEST_P(RingContract, SlowReaderGetsEveryByte) {
  const std::string sent = Pattern(16u << 20);  // more than both socket buffers hold
  ConnectedPair pair = TcpPair();
  const auto ring = NewRing();
  RingDriver driver(*ring);
  Connection& connection = driver.Adopt(0, pair.served.Release());
  driver.Send(connection, sent);
  // The socket is full: part of the message is still in flight although nobody reads.
  driver.Turn(0);
  driver.Turn(1);
  EXPECT_TRUE(connection.send_in_flight);
  std::string read;
  std::thread reader([&] { read = ReadBytes(pair.client, sent.size()); });
  const auto all_sent = [&] { return !connection.send_in_flight && connection.in_flight.empty(); };
  EXPECT_TRUE(driver.RunUntil(all_sent));
  reader.join();
  EXPECT_GT(connection.sends, 1u) << "no send was short: the test shows nothing";
  EXPECT_TRUE(read == sent);
}

// Either end of the other direction: the peer's, and ours when the server stops.
TEST_P(RingContract, ASlowReaderGetsEveryByteAfterTheOtherDirectionHasEnded) {
  for (const bool peer_ends : {true, false}) {
    const std::string sent = Pattern(16u << 20);
    ConnectedPair pair = TcpPair();
    const auto ring = NewRing();
    RingDriver driver(*ring);
    Connection& connection = driver.Adopt(0, pair.served.Release());
    driver.Send(connection, sent);
    driver.Turn(0);
    if (peer_ends) {
      ASSERT_EQ(shutdown(pair.client.get(), SHUT_WR), 0);
    } else {
      ring->Shutdown(connection.id, SHUT_RD);
    }
    ASSERT_TRUE(driver.RunUntil([&] { return connection.stream_ended(); }));
    // The kernel tries 128 times, some of them in each turn, before it gives up.
    for (int turns = 0; turns < 150; ++turns) driver.Turn(1);
    EXPECT_TRUE(connection.send_in_flight) << "the send ended with " << connection.send_result;
    std::string read;
    std::thread reader([&] { read = ReadBytes(pair.client, sent.size()); });
    EXPECT_TRUE(driver.RunUntil(
        [&] { return !connection.send_in_flight && connection.in_flight.empty(); }));
    reader.join();
    EXPECT_TRUE(read == sent) << read.size();
  }
}

// A send that is kept for later ends with the connection.
TEST_P(RingContract, ASendToAFullSocketEndsWithTheConnection) {
  ConnectedPair pair = TcpPair();
  const auto ring = NewRing();
  RingDriver driver(*ring);
  Connection& connection = driver.Adopt(0, pair.served.Release());
  driver.Send(connection, Pattern(16u << 20));
  driver.Turn(0);
  ASSERT_EQ(shutdown(pair.client.get(), SHUT_WR), 0);
  ASSERT_TRUE(driver.RunUntil([&] { return connection.stream_ended(); }));
  ring->Shutdown(connection.id, SHUT_RDWR);
  ASSERT_TRUE(driver.RunUntil([&] { return !connection.send_in_flight; }));
  EXPECT_LT(connection.send_result, 0);
}

TEST_P(RingContract, SendingToAGonePeerIsAnErrorAndNoSignal) {
  ConnectedPair pair = UnixPair();
  const auto ring = NewRing();
  RingDriver driver(*ring);
  Connection& connection = driver.Adopt(0, pair.served.Release());
  pair.client.Reset();
  driver.Send(connection, "anybody there?");
  ASSERT_TRUE(driver.RunUntil([&] { return connection.sends == 1; }));
  EXPECT_EQ(connection.send_result, -EPIPE);
}

TEST_P(RingContract, WakeEndsAWaitOnceItIsCalled) {
  const auto ring = NewRing();
  RingDriver driver(*ring);
  ring->Wake();
  ring->Wake();
  driver.Turn(Ring::kWaitForever);  // a call before the wait counts
  EXPECT_EQ(driver.woken, 1u);
  while (driver.Turn(0) != 0) continue;
  for (uint64_t i = 0; i < 50; ++i) {
    const uint64_t before = driver.woken;
    std::thread other([&] { ring->Wake(); });
    while (driver.woken == before) driver.Turn(Ring::kWaitForever);
    other.join();
    while (driver.Turn(0) != 0) continue;
  }
}

TEST_P(RingContract, WaitEndsAtItsTimeout) {
  const auto ring = NewRing();
  EXPECT_TRUE(ring->SubmitAndWait(0).empty());
  EXPECT_TRUE(ring->SubmitAndWait(5).empty());
  EXPECT_TRUE(ring->SubmitAndWait(Ring::kWaitBriefly).empty());
  EXPECT_EQ(ring->counters().turns, 3u);
  EXPECT_EQ(ring->counters().completions, 0u);
}

TEST_P(RingContract, PollingSeesWhatIsReady) {
  ConnectedPair pair = TcpPair();
  const auto ring = NewRing();
  RingDriver driver(*ring);
  Connection& connection = driver.Adopt(0, pair.served.Release());
  WriteAll(pair.client, "x");
  for (int turn = 0; turn < 3 && connection.received.empty(); ++turn) driver.Turn(0);
  EXPECT_EQ(connection.received, "x");
}

TEST_P(RingContract, ATurnHasAtMostItsCompletions) {
  constexpr uint32_t kConnections = 40;
  constexpr uint32_t kMaxCompletions = 6;
  const auto ring =
      NewRing({.max_connections = kConnections, .max_completions_per_turn = kMaxCompletions});
  RingDriver driver(*ring);
  std::vector<ConnectedPair> pairs;
  for (uint32_t slot = 0; slot < kConnections; ++slot) {
    pairs.push_back(UnixPair());
    driver.Send(driver.Adopt(slot, pairs.back().served.Release()), "hello");
    WriteAll(pairs.back().client, "world");
  }
  size_t completions = 0;
  for (uint32_t turn = 0; turn < 10 * kConnections && completions < 2 * kConnections; ++turn) {
    const size_t in_turn = driver.Turn(RingDriver::kTurnTimeoutMs);
    EXPECT_LE(in_turn, kMaxCompletions);
    completions += in_turn;
  }
  for (uint32_t slot = 0; slot < kConnections; ++slot) {
    EXPECT_EQ(driver.connection(slot).received, "world");
    EXPECT_EQ(ReadBytes(pairs[slot].client, 5), "hello");
  }
}

}  // namespace
}  // namespace ringcached::server
