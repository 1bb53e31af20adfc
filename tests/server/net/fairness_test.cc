// A client that asks for much has a part of it answered in each turn, and the others theirs.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "protocol/limits.h"
#include "tests/server/net/simulated_server.h"

namespace ringcached::server {
namespace {

using protocol::Counter;

constexpr uint32_t kBudget = 100;  // requests a turn
constexpr char kVersion[] = "VERSION 1.6.45-ringcached-test\r\n";
// From a request's arrival until its reply has left: the turn that answers it, and the next one,
// whose ring sends it.
constexpr int kTurnsToReply = 2;

SimulatedServer::Options Options() {
  SimulatedServer::Options options;
  options.receive_buffer_bytes = 4096;
  options.turn_requests = kBudget;
  return options;
}

std::string Repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

uint64_t Count(SimulatedServer& server, Counter counter) {
  return server.reactor().counters().Get(counter);
}

// A client with a lot to ask, and the counter by which its progress is seen.
struct Load {
  std::string name;
  std::string requests;
  std::string replies;
  Counter counter = Counter::kCmdGet;
  uint64_t count = 0;
};

Load Gets() {
  return {"Gets", Repeat("get a\r\n", 5000), Repeat("END\r\n", 5000), Counter::kCmdGet, 5000};
}

// Their replies tell the order in which they were answered.
Load Counts() {
  Load load{"Counts", "", "", Counter::kIncrHits, 3000};
  load.requests = Repeat("incr n 1\r\n", 3000);
  for (int i = 1; i <= 3000; ++i) load.replies += std::to_string(i) + "\r\n";
  return load;
}

Load SilentSets() {
  return {"SilentSets", Repeat("set a 0 0 1 noreply\r\nx\r\n", 3000), "", Counter::kCmdSet, 3000};
}

Load HugeMultiGet() {
  return {"HugeMultiGet", "get" + Repeat(" missing", 10'000) + "\r\n", "END\r\n", Counter::kCmdGet,
          10'000};
}

class FairnessTest : public testing::TestWithParam<Load> {};

TEST_P(FairnessTest, OneTurnAnswersNoMoreThanItsBudget) {
  const Load& load = GetParam();
  SimulatedServer server(Options());
  const PeerId setter = server.ring().Connect(0);
  server.ring().PeerSend(setter, "set n 0 0 1\r\n0\r\n");
  server.Turn(5);
  const uint64_t before = Count(server, load.counter);
  const PeerId greedy = server.ring().Connect(0);
  server.ring().PeerSend(greedy, load.requests);
  std::string replies;
  int turns = 0;
  for (; Count(server, load.counter) - before < load.count && turns < 1000; ++turns) {
    const uint64_t answered = Count(server, load.counter);
    server.Turn();
    ASSERT_LE(Count(server, load.counter) - answered, kBudget) << "turn " << turns;
    replies += server.ring().PeerReceive(greedy);
  }
  EXPECT_EQ(Count(server, load.counter) - before, load.count);
  server.Turn(kTurnsToReply);
  replies += server.ring().PeerReceive(greedy);
  EXPECT_TRUE(replies == load.replies) << replies.size() << " bytes";
}

// As long as one client is busy, whatever another one asks is answered in the turn that brings it.
TEST_P(FairnessTest, OthersAreAnsweredInBetween) {
  const Load& load = GetParam();
  SimulatedServer server(Options());
  const PeerId greedy = server.ring().Connect(0);
  const PeerId modest = server.ring().Connect(0);
  server.ring().PeerSend(greedy, load.requests);
  server.Turn(5);
  for (int i = 0; i < 5; ++i) {
    server.ring().PeerSend(modest, "version\r\n");
    server.Turn(kTurnsToReply);
    EXPECT_EQ(server.ring().PeerReceive(modest), kVersion) << i;
  }
  EXPECT_LT(Count(server, load.counter), load.count) << "the greedy client was not busy enough";
}

// Nothing that comes from the ring tells a reactor to go on: it must not wait.
TEST_P(FairnessTest, GoesOnWithoutBeingAsked) {
  const Load& load = GetParam();
  SimulatedServer server(Options());
  const PeerId greedy = server.ring().Connect(0);
  server.Turn(5);
  EXPECT_NE(server.ring().last_timeout_ms(), 0);
  server.ring().PeerSend(greedy, load.requests.substr(0, 3500));
  server.Turn();
  server.Turn();
  EXPECT_EQ(server.ring().last_timeout_ms(), 0);
  server.Turn(100);
  EXPECT_NE(server.ring().last_timeout_ms(), 0);
}

TEST_P(FairnessTest, AnswersEverythingAfterTheClientHasEndedItsInput) {
  const Load& load = GetParam();
  SimulatedServer server(Options());
  const PeerId greedy = server.ring().Connect(0);
  server.ring().PeerSend(greedy, "set n 0 0 1 noreply\r\n0\r\n" + load.requests);
  server.ring().PeerClose(greedy);
  std::string replies;
  for (int turn = 0; turn < 1000 && !server.ring().PeerIsClosed(greedy); ++turn) {
    server.Turn();
    replies += server.ring().PeerReceive(greedy);
  }
  EXPECT_TRUE(replies == load.replies) << replies.size() << " bytes";
  EXPECT_EQ(server.reactor().load(), 0U);
}

TEST_P(FairnessTest, EndsWhenTheClientBreaksOffInBetween) {
  const Load& load = GetParam();
  SimulatedServer server(Options());
  const PeerId greedy = server.ring().Connect(0);
  server.ring().PeerSend(greedy, load.requests);
  server.Turn(6);
  ASSERT_EQ(server.reactor().load(), 1U);
  ASSERT_LT(Count(server, load.counter), load.count);
  server.ring().PeerReset(greedy);
  // What was read before is worked off, unless a send fails; only then is anything read again.
  server.Turn(200);
  EXPECT_TRUE(server.ring().PeerIsClosed(greedy));
  EXPECT_EQ(server.reactor().load(), 0U);
  EXPECT_EQ(server.limit().current(), 0U);
  EXPECT_EQ(server.reactor().Figures().connection_structures, 0U);
  EXPECT_NE(server.ring().last_timeout_ms(), 0);
}

// Nothing depends on how the ring cuts up what happens.
TEST_P(FairnessTest, EverythingIsAnsweredWhateverTheRingDoes) {
  const Load& load = GetParam();
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SimulatedServer::Options options = Options();
    options.faults = {.seed = seed,
                      .short_receive = 300,
                      .short_send = 300,
                      .no_buffers = 300,
                      .multishot_end = 300,
                      .late_completion = 300};
    SimulatedServer server(options);
    const PeerId greedy = server.ring().Connect(0);
    server.ring().SetPeerWindow(greedy, 3000);
    server.ring().PeerSend(greedy, "set n 0 0 1 noreply\r\n0\r\n" + load.requests);
    server.ring().PeerClose(greedy);
    std::string replies;
    for (int turn = 0; turn < 5000 && !server.ring().PeerIsClosed(greedy); ++turn) {
      server.Turn();
      replies += server.ring().PeerReceive(greedy);
    }
    EXPECT_TRUE(replies == load.replies) << replies.size() << " bytes";
  }
}

INSTANTIATE_TEST_SUITE_P(Loads, FairnessTest,
                         testing::Values(Gets(), Counts(), SilentSets(), HugeMultiGet()),
                         [](const auto& load) { return load.param.name; });

// What has been read and not been answered stays near its limit, however much has been sent.
TEST(FairnessInputTest, ReadsNoMoreThanItKeeps) {
  SimulatedServer server(Options());
  const PeerId greedy = server.ring().Connect(0);
  constexpr int kRequests = 300'000;
  server.ring().PeerSend(greedy, Repeat("get a\r\n", kRequests));
  uint64_t most_bytes = 0;
  for (int turn = 0; turn < 200; ++turn) {
    server.Turn();
    server.ring().PeerReceive(greedy);
    most_bytes = std::max(most_bytes, server.reactor().Figures().connection_bytes);
  }
  EXPECT_GT(most_bytes, protocol::kMaxYieldedInputBytes);
  // A string's capacity doubles; a turn's receives come before it is noticed.
  EXPECT_LE(most_bytes, 4 * protocol::kMaxYieldedInputBytes);
}

TEST(FairnessInputTest, ReadsOnWhenThereIsRoomAgain) {
  SimulatedServer server(Options());
  const PeerId greedy = server.ring().Connect(0);
  constexpr int kRequests = 50'000;
  server.ring().PeerSend(greedy, Repeat("get a\r\n", kRequests));
  for (int turn = 0; turn < 2000 && Count(server, Counter::kCmdGet) < kRequests; ++turn) {
    server.Turn();
    server.ring().PeerReceive(greedy);
  }
  EXPECT_EQ(Count(server, Counter::kCmdGet), static_cast<uint64_t>(kRequests));
  server.ring().PeerSend(greedy, "version\r\n");
  server.Turn(kTurnsToReply);
  EXPECT_TRUE(server.ring().PeerReceive(greedy).ends_with(kVersion));
}

// Turns between two pieces of a dump, with and without another client that is busy.
class DumpTurnsTest : public testing::Test {
 protected:
  static constexpr int kItems = 20'000;

  void SetUp() override {
    const PeerId setter = server_.ring().Connect(0);
    for (int i = 0; i < kItems; ++i) {
      server_.ring().PeerSend(setter, "set " + std::to_string(i) + " 0 0 1 noreply\r\nx\r\n");
    }
    server_.Turn(2 * kItems / static_cast<int>(kBudget));
    ASSERT_EQ(Count(server_, Counter::kCmdSet), static_cast<uint64_t>(kItems));
    dumper_ = server_.ring().Connect(0);
    other_ = server_.ring().Connect(0);
    server_.Turn(5);
    server_.ring().PeerSend(dumper_, "lru_crawler metadump all\r\n");
  }
  // The dump, and how many turns it took.
  int TurnsOfDump(bool busy) {
    std::string dump;
    int turns = 0;
    for (; !dump.ends_with("END\r\n") && turns < 10'000; ++turns) {
      if (busy) server_.ring().PeerSend(other_, "get a\r\n");
      server_.Turn();
      dump += server_.ring().PeerReceive(dumper_);
      waited_briefly_ |= server_.ring().last_timeout_ms() == Ring::kWaitBriefly;
    }
    EXPECT_EQ(std::count(dump.begin(), dump.end(), '\n'), kItems + 2);  // OK and END
    return turns;
  }

  SimulatedServer server_{Options()};
  PeerId dumper_{};
  PeerId other_{};
  bool waited_briefly_ = false;
};

TEST_F(DumpTurnsTest, ADumpWaitsWhileThereIsSomethingElseToDoThoughNotForEver) {
  const int alone = TurnsOfDump(/*busy=*/false);
  server_.ring().PeerSend(dumper_, "lru_crawler metadump all\r\n");
  const int beside_another = TurnsOfDump(/*busy=*/true);
  EXPECT_GT(2 * beside_another, 3 * alone);
  EXPECT_LT(beside_another, 5 * alone);
}

// It must not take the processor from threads that have more to do.
TEST_F(DumpTurnsTest, AReactorWithNothingButADumpWaitsBriefly) {
  TurnsOfDump(/*busy=*/false);
  EXPECT_TRUE(waited_briefly_);
}

TEST(ConnYieldsTest, CountsTheTurnsThatLeftSomethingOver) {
  SimulatedServer server(Options());
  const PeerId greedy = server.ring().Connect(0);
  server.Turn(5);
  server.ring().PeerSend(greedy, Repeat("get a\r\n", 5 * kBudget));
  server.Turn(20);
  EXPECT_EQ(Count(server, Counter::kCmdGet), 5 * kBudget);
  EXPECT_EQ(Count(server, Counter::kConnYields), 4U);
  server.ring().PeerSend(greedy, Repeat("get a\r\n", kBudget));
  server.Turn(20);
  EXPECT_EQ(Count(server, Counter::kConnYields), 4U);
}

// More arrives in each turn, so that none begins with what was left over.
TEST(ConnYieldsTest, CountsThemWhileMoreArrives) {
  SimulatedServer server(Options());
  const PeerId greedy = server.ring().Connect(0);
  server.Turn(5);
  for (int turn = 0; turn < 10; ++turn) {
    server.ring().PeerSend(greedy, Repeat("get a\r\n", 2 * kBudget));
    server.Turn();
  }
  EXPECT_EQ(Count(server, Counter::kConnYields), 10U);
}

// A reply that is too large for one send has nothing to do with the budget.
TEST(ConnYieldsTest, DoesNotCountRepliesThatWaitForRoom) {
  SimulatedServer server(Options());
  const PeerId peer = server.ring().Connect(0);
  server.ring().PeerSend(peer, "set a 0 0 10000\r\n" + std::string(10'000, 'v') + "\r\n");
  server.Turn(10);
  server.ring().PeerSend(peer, Repeat("get a\r\n", 50));
  for (int turn = 0; turn < 100; ++turn) {
    server.Turn();
    server.ring().PeerReceive(peer);
  }
  EXPECT_EQ(Count(server, Counter::kCmdGet), 50U);
  EXPECT_EQ(Count(server, Counter::kConnYields), 0U);
}

}  // namespace
}  // namespace ringcached::server
