// The simulated ring: it is a ring, it has the faults it promises, and it notices broken rules.

#include "tests/sim/simulated_ring.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/server/io/ring_driver.h"

namespace ringcached::server {
namespace {

using Connection = RingDriver::Connection;

constexpr RingOptions kSmall = {
    .max_connections = 16, .receive_buffers = 4, .receive_buffer_bytes = 32};
constexpr ConnectionId kFirst = {.slot = 0, .generation = 1};

FaultPlan AllFaults(uint64_t seed) {
  return {.seed = seed,
          .short_receive = 300,
          .short_send = 300,
          .no_buffers = 100,
          .multishot_end = 200,
          .late_completion = 300,
          .accept_failure = 200};
}

// A message of `words` words for peer number `peer`, different for each.
std::string Text(size_t peer, size_t words) {
  std::string text;
  for (size_t i = 0; i < words; ++i) {
    text += std::to_string(peer) + ":" + std::to_string(i) + " ";
  }
  return text;
}

// Clients that talk to a server which sends everything back.
class EchoRun {
 public:
  static constexpr uint32_t kClients = 8;
  static constexpr size_t kWords = 100;
  static constexpr int kMaxTurns = 20'000;

  explicit EchoRun(const FaultPlan& plan) : ring_(kSmall, plan), driver_(ring_) {}

  // True when every client got back what it sent and saw its end.
  bool Run() {
    driver_.Listen(0, -1);
    for (uint32_t i = 0; i < kClients; ++i) {
      peers_.push_back(ring_.Connect(0));
      ring_.SetPeerWindow(peers_.back(), 50);
      ring_.PeerSend(peers_.back(), Text(i, kWords));
      ring_.PeerClose(peers_.back());
    }
    echoes_.resize(kClients);
    for (int turn = 0; turn < kMaxTurns && !Done(); ++turn) Turn();
    return Done();
  }

  std::string trace() const { return trace_; }
  const SimulatedRing& ring() const { return ring_; }

 private:
  void Turn() {
    trace_ += std::to_string(driver_.Turn(0)) + ",";
    for (; adopted_ < driver_.accepted.size(); ++adopted_) {
      driver_.Adopt(adopted_, driver_.accepted[adopted_]);
    }
    for (uint32_t slot = 0; slot < adopted_; ++slot) Echo(driver_.connection(slot));
    for (uint32_t i = 0; i < kClients; ++i) echoes_[i] += ring_.PeerReceive(peers_[i]);
  }

  void Echo(Connection& connection) {
    if (connection.closing) return;
    if (!connection.received.empty())
      driver_.Send(connection, std::exchange(connection.received, {}));
    const bool all_sent = !connection.send_in_flight && connection.queued.empty();
    if (connection.stream_ended() && all_sent) driver_.End(connection);
  }

  bool Done() const {
    for (uint32_t i = 0; i < kClients; ++i) {
      if (echoes_[i] != Text(i, kWords) || !ring_.PeerIsClosed(peers_[i])) return false;
    }
    return true;
  }

  SimulatedRing ring_;
  RingDriver driver_;
  std::vector<PeerId> peers_;
  std::vector<std::string> echoes_;
  uint32_t adopted_ = 0;
  std::string trace_;
};

TEST(SimulatedRing, EchoesWithoutFaults) {
  EchoRun run({});
  EXPECT_TRUE(run.Run());
}

TEST(SimulatedRing, EchoesThroughEveryFaultAndCountsThem) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    EchoRun run(AllFaults(seed));
    ASSERT_TRUE(run.Run());
    const FaultCounters& faults = run.ring().faults();
    EXPECT_GT(faults.short_receives, 0u);
    EXPECT_GT(faults.short_sends, 0u);
    EXPECT_GT(faults.no_buffers, 0u);
    EXPECT_GT(faults.multishot_ends, 0u);
    EXPECT_GT(faults.late_completions, 0u);
  }
}

TEST(SimulatedRing, ASeedMeansTheSameRunEveryTime) {
  EchoRun first(AllFaults(7));
  EchoRun again(AllFaults(7));
  EchoRun other(AllFaults(8));
  EXPECT_TRUE(first.Run() && again.Run() && other.Run());
  EXPECT_EQ(first.trace(), again.trace());
  EXPECT_NE(first.trace(), other.trace());
}

// One accepted and attached connection on a ring that records what is broken.
class SimulatedRingRules : public testing::Test {
 protected:
  SimulatedRingRules() : ring_(kSmall, {}, OnViolation::kRecord) {
    ring_.ArmAccept(0, -1);
    peer_ = ring_.Connect(0);
    ring_.SubmitAndWait(0);
    attached_ = ring_.Attach(kFirst, peer_.token).ok();
    part_ = {.iov_base = text_.data(), .iov_len = text_.size()};
    message_.msg_iov = &part_;
    message_.msg_iovlen = 1;
  }

  void SetUp() override { ASSERT_TRUE(attached_); }

  void ExpectViolation(const std::string& rule) {
    ASSERT_EQ(ring_.violations().size(), 1u);
    EXPECT_EQ(ring_.violations()[0].substr(0, rule.size()), rule);
  }

  SimulatedRing ring_;
  PeerId peer_;
  bool attached_ = false;
  std::string text_ = "some text";
  iovec part_ = {};
  msghdr message_ = {};
};

TEST_F(SimulatedRingRules, TwoSends) {
  ring_.Send(kFirst, &message_);
  ring_.Send(kFirst, &message_);
  ExpectViolation("two sends in flight");
}

TEST_F(SimulatedRingRules, TwoReceives) {
  ring_.ArmReceive(kFirst);
  ring_.ArmReceive(kFirst);
  ExpectViolation("two receives armed");
}

TEST_F(SimulatedRingRules, TwoAccepts) {
  ring_.ArmAccept(0, -1);
  ExpectViolation("two accepts armed");
}

TEST_F(SimulatedRingRules, CloseWithAReceiveArmed) {
  ring_.ArmReceive(kFirst);
  ring_.Close(kFirst);
  ExpectViolation("Close with a receive armed");
}

TEST_F(SimulatedRingRules, CloseWithASendInFlight) {
  ring_.Send(kFirst, &message_);
  ring_.Close(kFirst);
  ExpectViolation("Close with a send in flight");
}

TEST_F(SimulatedRingRules, UseAfterClose) {
  ring_.Close(kFirst);
  ring_.ArmReceive(kFirst);
  ExpectViolation("after Close");
}

TEST_F(SimulatedRingRules, UseOfAnEarlierGeneration) {
  ring_.Close(kFirst);
  ASSERT_EQ(ring_.SubmitAndWait(0).size(), 1u);
  ring_.Shutdown(kFirst, SHUT_RDWR);
  ExpectViolation("not attached");
}

TEST_F(SimulatedRingRules, UseOfWhatWasNeverAttached) {
  ring_.ArmReceive({.slot = 3, .generation = 1});
  ExpectViolation("not attached");
}

TEST_F(SimulatedRingRules, AttachTwice) {
  EXPECT_FALSE(ring_.Attach({.slot = 1, .generation = 1}, peer_.token).ok());
  ExpectViolation("Attach of a descriptor that the ring owns already");
}

TEST_F(SimulatedRingRules, AMessageThatChangesInFlight) {
  ring_.Send(kFirst, &message_);
  text_[0] = 'S';
  ring_.SubmitAndWait(0);
  ExpectViolation("a message changed before its kSent");
}

TEST_F(SimulatedRingRules, AnotherThread) {
  std::thread([&] { ring_.ArmReceive(kFirst); }).join();
  ExpectViolation("used on another thread");
}

TEST_F(SimulatedRingRules, WakeIsForOtherThreads) {
  std::thread([&] { ring_.Wake(); }).join();
  ASSERT_EQ(ring_.SubmitAndWait(Ring::kWaitForever).size(), 1u);
  EXPECT_TRUE(ring_.violations().empty());
}

TEST_F(SimulatedRingRules, DataIsPoisonedOnceItIsGivenBack) {
  ring_.ArmReceive(kFirst);
  ring_.PeerSend(peer_, "secret");
  const std::span<const Completion> completions = ring_.SubmitAndWait(0);
  ASSERT_EQ(completions.size(), 1u);
  const std::span<const char> data = completions[0].data;
  EXPECT_EQ(std::string(data.begin(), data.end()), "secret");
  ring_.SubmitAndWait(0);
  const auto read_late = [&] { return *const_cast<const volatile char*>(data.data()); };
  if (ReceivePool::ReportsLateReads()) {
    EXPECT_DEATH(read_late(), "use-after-poison");
  } else {
    EXPECT_EQ(read_late(), ReceivePool::kPoison);
  }
}

TEST_F(SimulatedRingRules, AFullWindowHoldsTheSendBack) {
  ring_.SetPeerWindow(peer_, 4);
  ring_.Send(kFirst, &message_);
  ASSERT_EQ(ring_.SubmitAndWait(0)[0].result, 4);
  part_ = {.iov_base = text_.data() + 4, .iov_len = text_.size() - 4};
  ring_.Send(kFirst, &message_);
  EXPECT_TRUE(ring_.SubmitAndWait(0).empty());
  EXPECT_EQ(ring_.PeerReceive(peer_), "some");
  EXPECT_EQ(ring_.SubmitAndWait(0)[0].result, 4);
}

TEST_F(SimulatedRingRules, AResetEndsBothDirections) {
  ring_.ArmReceive(kFirst);
  ring_.PeerReset(peer_);
  ring_.Send(kFirst, &message_);
  const std::span<const Completion> completions = ring_.SubmitAndWait(0);
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[0].result, -ECONNRESET);
  EXPECT_EQ(completions[1].result, -ECONNRESET);
}

TEST(SimulatedRingDeath, ABrokenRuleAbortsByDefault) {
  SimulatedRing ring(kSmall, {});
  EXPECT_DEATH(ring.ArmReceive(kFirst), "not attached");
}

}  // namespace
}  // namespace ringcached::server
