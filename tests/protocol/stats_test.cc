#include "protocol/stats.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

using Figures = std::map<std::string, std::string, std::less<>>;

class Stats : public testing::Test {
 protected:
  Figures Read(std::string_view argument = "") {
    Figures figures;
    outcome_ = ExecuteStats(argument, world_.cache(), world_.server(), world_.context().time,
                            [&](std::string_view name, std::string_view value) {
                              EXPECT_TRUE(figures.emplace(name, value).second)
                                  << name << " stands twice";
                            });
    return figures;
  }

  SessionWorld world_;
  Outcome outcome_;
};

TEST_F(Stats, NamesWhatClientsAndExportersRead) {
  const Figures figures = Read();
  EXPECT_EQ(outcome_.code, OutcomeCode::kStats);
  for (const char* const name : {"pid",
                                 "uptime",
                                 "time",
                                 "version",
                                 "pointer_size",
                                 "rusage_user",
                                 "rusage_system",
                                 "curr_items",
                                 "total_items",
                                 "bytes",
                                 "curr_connections",
                                 "total_connections",
                                 "rejected_connections",
                                 "connection_structures",
                                 "cmd_get",
                                 "cmd_set",
                                 "cmd_touch",
                                 "get_hits",
                                 "get_misses",
                                 "delete_hits",
                                 "delete_misses",
                                 "incr_hits",
                                 "incr_misses",
                                 "decr_hits",
                                 "decr_misses",
                                 "cas_hits",
                                 "cas_misses",
                                 "cas_badval",
                                 "touch_hits",
                                 "touch_misses",
                                 "evictions",
                                 "reclaimed",
                                 "bytes_read",
                                 "bytes_written",
                                 "limit_maxbytes",
                                 "threads",
                                 "conn_yields",
                                 "listen_disabled_num",
                                 "accepting_conns",
                                 "bloom_negatives",
                                 "bloom_false_positives",
                                 "bloom_rebuilds",
                                 "bloom_bytes",
                                 "process_resident_bytes",
                                 "cache_resident_bytes",
                                 "other_bytes",
                                 "connection_buffer_bytes",
                                 "line_too_long"}) {
    EXPECT_TRUE(figures.contains(name)) << name;
  }
}

TEST_F(Stats, PrintsFigures) {
  world_.server().figures.rusage_user_us = 12'000'034;
  const Figures figures = Read();
  EXPECT_EQ(figures.at("pid"), "4711");
  EXPECT_EQ(figures.at("uptime"), "86400");
  EXPECT_EQ(figures.at("time"), std::to_string(world_.context().time.unix_seconds));
  EXPECT_EQ(figures.at("version"), "1.6.45-ringcached-test");
  EXPECT_EQ(figures.at("pointer_size"), "64");
  EXPECT_EQ(figures.at("rusage_user"), "12.000034");
  EXPECT_EQ(figures.at("rusage_system"), "0.000250");
  EXPECT_EQ(figures.at("accepting_conns"), "1");
  EXPECT_EQ(figures.at("limit_maxbytes"), "8388608");
}

TEST_F(Stats, ResetCountsEventsFromNowAndKeepsLevels) {
  SessionPeer peer(world_);
  peer.Ask("set a 0 0 1\r\nx\r\nget a\r\nget b\r\n");
  EXPECT_TRUE(Read("reset").empty());
  EXPECT_EQ(outcome_.code, OutcomeCode::kReset);
  Figures figures = Read();
  for (const char* const name : {"cmd_get", "cmd_set", "get_hits", "get_misses", "total_items",
                                 "total_connections", "rejected_connections", "bloom_negatives"}) {
    EXPECT_EQ(figures.at(name), "0") << name;
  }
  EXPECT_EQ(figures.at("curr_items"), "1");
  EXPECT_EQ(figures.at("curr_connections"), "3");
  EXPECT_NE(figures.at("bytes"), "0");

  world_.server().figures.total_connections += 2;
  peer.Ask("get a\r\n");
  figures = Read();
  EXPECT_EQ(figures.at("get_hits"), "1");
  EXPECT_EQ(figures.at("total_connections"), "2");
}

TEST_F(Stats, ShowsSettingsAndRefusesTheRest) {
  EXPECT_EQ(Read("settings").at("tcpport"), "11211");
  EXPECT_EQ(outcome_.code, OutcomeCode::kStats);
  for (const char* const argument : {"nonsense", "noreply", "Settings", "rese"}) {
    EXPECT_TRUE(Read(argument).empty());
    EXPECT_EQ(outcome_.code, OutcomeCode::kUnknownArgument) << argument;
  }
}

}  // namespace
}  // namespace ringcached::protocol
