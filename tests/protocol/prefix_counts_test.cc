#include "protocol/prefix_counts.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/protocol/binary_packets.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

// "gets hits sets deletes" of each prefix.
std::map<std::string, std::string> Read(const PrefixCounts& counts) {
  PrefixTotals totals;
  counts.AddTo(&totals);
  std::map<std::string, std::string> read;
  for (const auto& [prefix, count] : totals) {
    read[prefix] = std::to_string(count.gets) + " " + std::to_string(count.hits) + " " +
                   std::to_string(count.sets) + " " + std::to_string(count.deletes);
  }
  return read;
}

using Rows = std::map<std::string, std::string>;

TEST(PrefixCounts, CountByWhatStandsInFrontOfTheFirstDelimiter) {
  PrefixCounts counts(':');
  counts.CountGet("a:1", true);
  counts.CountGet("a:2:3", false);
  counts.CountSet("a:");
  counts.CountDelete("b:a:1");
  EXPECT_EQ(Read(counts), Rows({{"a", "2 1 1 0"}, {"b", "0 0 0 1"}}));
  EXPECT_EQ(counts.dropped(), 0u);
}

TEST(PrefixCounts, LeaveOutKeysWithoutADelimiter) {
  PrefixCounts counts('.');
  counts.CountGet("a:1", true);
  counts.CountSet("plain");
  counts.CountDelete("");
  EXPECT_EQ(Read(counts), Rows());
  EXPECT_EQ(counts.dropped(), 0u);
  // An empty prefix is one, as in memcached.
  counts.CountGet(".x", false);
  EXPECT_EQ(Read(counts), Rows({{"", "1 0 0 0"}}));
}

TEST(PrefixCounts, AreBounded) {
  PrefixCounts counts(':');
  for (size_t i = 0; i < PrefixCounts::kMaxPrefixes; ++i) counts.CountSet(std::to_string(i) + ":");
  EXPECT_EQ(counts.dropped(), 0u);
  counts.CountSet("more:x");
  counts.CountGet("more:x", true);
  counts.CountDelete("yet more:x");
  EXPECT_EQ(counts.dropped(), 3u);
  // Those that have room go on.
  counts.CountSet("17:x");
  counts.CountSet("no delimiter");
  EXPECT_EQ(counts.dropped(), 3u);
  const Rows rows = Read(counts);
  EXPECT_EQ(rows.size(), PrefixCounts::kMaxPrefixes);
  EXPECT_EQ(rows.at("17"), "0 0 2 0");

  counts.Clear();
  EXPECT_EQ(counts.dropped(), 0u);
  EXPECT_EQ(Read(counts), Rows());
  counts.CountSet("more:x");
  EXPECT_EQ(Read(counts), Rows({{"more", "0 0 1 0"}}));
}

TEST(PrefixCounts, AddUp) {
  PrefixCounts one(':');
  PrefixCounts two(':');
  one.CountGet("a:1", true);
  one.CountDelete("b:1");
  two.CountGet("a:1", false);
  two.CountSet("c:1");
  PrefixTotals totals;
  one.AddTo(&totals);
  two.AddTo(&totals);
  ASSERT_EQ(totals.size(), 3u);
  EXPECT_EQ(totals["a"].gets, 2u);
  EXPECT_EQ(totals["a"].hits, 1u);
  EXPECT_EQ(totals["b"].deletes, 1u);
  EXPECT_EQ(totals["c"].sets, 1u);
}

class StatsDetail : public testing::Test {
 protected:
  StatsDetail() { world_.context().prefixes = &counts_; }

  // What `stats detail dump` prints, when the server has added up.
  std::string Dump() {
    world_.server().prefixes.clear();
    counts_.AddTo(&world_.server().prefixes);
    return peer_.Ask("stats detail dump\r\n");
  }

  PrefixCounts counts_{':'};
  SessionWorld world_;
  SessionPeer peer_{world_};
};

TEST_F(StatsDetail, CountsWhatClientsAsk) {
  EXPECT_EQ(Dump(), "END\r\n");
  peer_.Ask("set a:1 0 0 1\r\nx\r\nadd a:1 0 0 1\r\ny\r\nget a:1 a:2 plain\r\ngat 0 a:1\r\n");
  peer_.Ask("get b:1\r\ndelete a:1\r\ndelete b:1\r\nincr a:1 1\r\ntouch a:1 0\r\n");
  EXPECT_EQ(Dump(),
            "PREFIX a get 3 hit 2 set 2 del 1\r\nPREFIX b get 1 hit 0 set 0 del 1\r\nEND\r\n");
}

TEST_F(StatsDetail, CountsStoresHoweverTheyArrive) {
  peer_.Send("set a:1 0 0 3\r\na");
  peer_.Send("bc\r\n");
  // Refused at once, and when it has come.
  peer_.Send("set a:1 0 0 2000000\r\n");
  peer_.Send(std::string(2'000'000, 'x') + "\r\n");
  peer_.Send("set a:1 0 0 2000000\r\n" + std::string(2'000'000, 'x') + "\r\n");
  EXPECT_EQ(peer_.TakeReplies(),
            "STORED\r\nSERVER_ERROR object too large for cache\r\n"
            "SERVER_ERROR object too large for cache\r\n");
  EXPECT_EQ(Dump(), "PREFIX a get 0 hit 0 set 3 del 0\r\nEND\r\n");
}

TEST_F(StatsDetail, CountsEveryDialect) {
  peer_.Ask("ms a:1 1\r\nx\r\nmg a:1 v\r\nmd a:1\r\n");
  SessionPeer binary(world_);
  binary.Ask(Encode({.opcode = Opcode::kSet, .extras = StoreExtras(0, 0), .key = "b:1"}) +
             Encode({.opcode = Opcode::kGetQ, .key = "b:1"}) +
             Encode({.opcode = Opcode::kDeleteQ, .key = "b:1"}));
  EXPECT_EQ(Dump(),
            "PREFIX a get 1 hit 1 set 1 del 1\r\nPREFIX b get 1 hit 1 set 1 del 1\r\nEND\r\n");
}

TEST_F(StatsDetail, SwitchesTheServer) {
  EXPECT_EQ(peer_.Ask("stats detail on\r\n"), "OK\r\n");
  EXPECT_TRUE(world_.server().detail);
  EXPECT_EQ(peer_.Ask("stats  detail  off \r\n"), "OK\r\n");
  EXPECT_FALSE(world_.server().detail);
}

TEST_F(StatsDetail, RefusesTheRest) {
  world_.server().detail = true;
  for (const std::string what : {"", " foo", " On", " noreply"}) {
    EXPECT_EQ(peer_.Ask("stats detail" + what + "\r\n"),
              "CLIENT_ERROR usage: stats detail on|off|dump\r\n")
        << what;
  }
  EXPECT_EQ(peer_.Ask("stats details\r\n"), "ERROR\r\n");
  EXPECT_TRUE(world_.server().detail);
}

// Each count under its own name.
TEST_F(StatsDetail, AnswersInBinary) {
  counts_.CountGet("a:1", true);
  counts_.AddTo(&world_.server().prefixes);
  SessionPeer binary(world_);
  std::string text;
  for (const ResponsePacket& packet :
       DecodeAll(binary.Ask(Encode({.opcode = Opcode::kStat, .key = "detail dump"})))) {
    EXPECT_EQ(packet.status, BinaryStatus::kSuccess);
    text += packet.key + "=" + packet.value + " ";
  }
  EXPECT_EQ(text, "a:get=1 a:hit=1 a:set=0 a:del=0 = ");
  std::vector<ResponsePacket> answers =
      DecodeAll(binary.Ask(Encode({.opcode = Opcode::kStat, .key = "detail on"})));
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].status, BinaryStatus::kSuccess);
  EXPECT_TRUE(world_.server().detail);
  answers = DecodeAll(binary.Ask(Encode({.opcode = Opcode::kStat, .key = "detail foo"})));
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].status, BinaryStatus::kNotFound);
}

}  // namespace
}  // namespace ringcached::protocol
