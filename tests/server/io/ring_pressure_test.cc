// Rings under pressure: too few buffers, too small queues. Nothing is lost and nothing spins.

#include <string>
#include <vector>

#include "server/io/io_uring.h"
#include "tests/server/io/ring_driver.h"
#include "tests/server/io/ring_setups.h"
#include "tests/server/io/sockets.h"

namespace ringcached::server {
namespace {

using Connection = RingDriver::Connection;

class RingPressure : public RingTest {};
RINGCACHED_ALL_RINGS(RingPressure);

// Many connections, each of which has sent `bytes_each` before the ring looks for the first time.
class Crowd {
 public:
  Crowd(RingDriver& driver, uint32_t connections, size_t bytes_each) : driver_(driver) {
    for (uint32_t slot = 0; slot < connections; ++slot) {
      pairs_.push_back(UnixPair());
      texts_.push_back(std::string(bytes_each, static_cast<char>('a' + slot % 26)));
      WriteAll(pairs_.back().client, texts_.back());
    }
    for (uint32_t slot = 0; slot < connections; ++slot) {
      driver_.Adopt(slot, pairs_[slot].served.Release());
    }
  }

  void SendAgain() {
    for (uint32_t slot = 0; slot < pairs_.size(); ++slot) {
      WriteAll(pairs_[slot].client, texts_[slot]);
      texts_[slot] += texts_[slot];
    }
  }

  bool AllReceived() const {
    for (uint32_t slot = 0; slot < pairs_.size(); ++slot) {
      if (driver_.connection(slot).received != texts_[slot]) return false;
    }
    return true;
  }

  uint64_t Sum(uint64_t Connection::*figure) const {
    uint64_t sum = 0;
    for (uint32_t slot = 0; slot < pairs_.size(); ++slot) sum += driver_.connection(slot).*figure;
    return sum;
  }

 private:
  RingDriver& driver_;
  std::vector<ConnectedPair> pairs_;
  std::vector<std::string> texts_;
};

TEST_P(RingPressure, FewBuffersManyConnectionsLoseNothingAndDoNotSpin) {
  constexpr uint32_t kConnections = 200;
  constexpr size_t kBytesEach = 1000;
  constexpr uint32_t kBufferBytes = 64;
  const auto ring = NewRing({.max_connections = kConnections,
                             .receive_buffers = 4,
                             .receive_buffer_bytes = kBufferBytes});
  RingDriver driver(*ring);
  Crowd crowd(driver, kConnections, kBytesEach);
  ASSERT_TRUE(driver.RunUntil([&] { return crowd.AllReceived(); }));

  const RingCounters& counters = ring->counters();
  const uint64_t receives = crowd.Sum(&Connection::receives);
  const uint64_t rearms = crowd.Sum(&Connection::arms) - kConnections;
  if (GetParam().io_uring()) {
    EXPECT_GT(counters.receive_no_buffers, 0u);
  }
  // Each turn brings something and arms no more than there are buffers, so failures keep pace with
  // arrivals however many connections wait.
  EXPECT_LE(counters.receive_no_buffers, kConnections + receives);
  EXPECT_LE(rearms, kConnections + 2 * receives);
  EXPECT_LE(counters.turns, 2 * (kConnections + receives));
  RecordProperty("receives", static_cast<int>(receives));
  RecordProperty("no_buffers", static_cast<int>(counters.receive_no_buffers));
}

TEST_P(RingPressure, TheBuffersOfABurstAreGivenBackWhenNothingMoreComes) {
  constexpr uint32_t kConnections = 40;
  const auto ring = NewRing({.max_connections = kConnections});
  RingDriver driver(*ring);
  Crowd crowd(driver, kConnections, /*bytes_each=*/1000);
  ASSERT_TRUE(driver.RunUntil([&] { return crowd.AllReceived(); }));
  EXPECT_GT(ring->counters().receive_buffer_bytes, 0u);
  // Elsewhere the kernel may be receiving while nobody looks.
  if (GetParam().io_uring() && !GetParam().features.defer_taskrun) return;
  ASSERT_TRUE(driver.RunUntil([&] { return ring->counters().receive_buffer_bytes == 0; }));
  crowd.SendAgain();
  EXPECT_TRUE(driver.RunUntil([&] { return crowd.AllReceived(); }));
  EXPECT_GT(ring->counters().receive_buffer_bytes, 0u);
}

TEST_P(RingPressure, AReceiveWaitingForABufferCanBeCancelled) {
  constexpr uint32_t kConnections = 16;
  const auto ring =
      NewRing({.max_connections = kConnections, .receive_buffers = 1, .receive_buffer_bytes = 16});
  RingDriver driver(*ring);
  Crowd crowd(driver, kConnections, 64);
  driver.Turn(RingDriver::kTurnTimeoutMs);
  for (uint32_t slot = 0; slot < kConnections; ++slot) driver.connection(slot).rearm = false;
  for (uint32_t slot = 0; slot < kConnections; ++slot) {
    if (driver.connection(slot).receive_armed) ring->CancelReceive(driver.connection(slot).id);
  }
  ASSERT_TRUE(driver.RunUntil([&] {
    bool armed = false;
    for (uint32_t slot = 0; slot < kConnections; ++slot) {
      armed |= driver.connection(slot).receive_armed;
    }
    return !armed;
  }));
  for (uint32_t slot = 0; slot < kConnections; ++slot) {
    driver.End(driver.connection(slot));
    ASSERT_TRUE(driver.RunUntil([&] { return driver.connection(slot).closed; }));
  }
}

// Two queues of eight entries, far too small.
class TinyQueues : public RingTest {
 protected:
  static constexpr IoUringQueueSizes kTiny = {.submissions = 8, .completions = 8};

  std::unique_ptr<Ring> NewTinyRing(const RingOptions& options) {
    absl::StatusOr<std::unique_ptr<Ring>> ring =
        MakeIoUringRing(options, GetParam().features, kTiny);
    EXPECT_TRUE(ring.ok()) << ring.status();
    return *std::move(ring);
  }
};
INSTANTIATE_TEST_SUITE_P(Rings, TinyQueues, testing::ValuesIn([] {
                           std::vector<RingSetup> setups = AllRingSetups();
                           std::erase_if(setups, [](const RingSetup& s) { return !s.io_uring(); });
                           return setups;
                         }()),
                         RingSetupName);

TEST_P(TinyQueues, OverflowsLoseNothing) {
  constexpr uint32_t kConnections = 200;
  const auto ring = NewTinyRing({.max_connections = kConnections});
  RingDriver driver(*ring);
  Crowd crowd(driver, kConnections, 100);
  ASSERT_TRUE(driver.RunUntil([&] { return crowd.AllReceived(); }));
  EXPECT_GT(ring->counters().submit_retries, 0u) << "the submission queue was never full";
  EXPECT_GT(ring->counters().completion_overflows, 0u) << "the completion queue was never full";

  for (uint32_t slot = 0; slot < kConnections; ++slot) {
    driver.Send(driver.connection(slot), "bye");
    driver.End(driver.connection(slot), SHUT_RD);
  }
  for (uint32_t slot = 0; slot < kConnections; ++slot) {
    Connection& connection = driver.connection(slot);
    ASSERT_TRUE(driver.RunUntil([&] { return connection.closed; })) << slot;
    EXPECT_EQ(connection.send_result, 3) << slot;
  }
  EXPECT_EQ(driver.strays, 0u);
}

TEST_P(TinyQueues, AcceptsSurviveAnOverflow) {
  constexpr size_t kClients = 100;
  const TcpListener listener = ListenOnLoopback();
  const auto ring = NewTinyRing({.max_connections = 1});
  RingDriver driver(*ring);
  driver.Listen(0, listener.fd.get());
  std::vector<UniqueFd> clients;
  for (size_t i = 0; i < kClients; ++i) clients.push_back(ConnectTo(listener.port));
  ASSERT_TRUE(driver.RunUntil([&] { return driver.accepted.size() == kClients; }));
  for (const int fd : driver.accepted) UniqueFd{fd};
}

}  // namespace
}  // namespace ringcached::server
