#include "protocol/stats.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/protocol/session_peer.h"
#include "tests/protocol/stats_figures.h"

namespace ringcached::protocol {
namespace {

class Stats : public testing::Test {
 protected:
  Figures Read(std::string_view argument = "") { return ReadFigures(argument, world_, &outcome_); }

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
                                 "reclaims_in_vain",
                                 "bloom_negatives",
                                 "bloom_false_positives",
                                 "bloom_rebuilds",
                                 "bloom_bytes",
                                 "process_resident_bytes",
                                 "cache_resident_bytes",
                                 "other_bytes",
                                 "connection_buffer_bytes",
                                 "line_too_long",
                                 "cmd_flush",
                                 "max_connections",
                                 "store_too_large",
                                 "store_no_memory",
                                 "lru_crawler_starts",
                                 "direct_reclaims",
                                 "crawler_items_checked",
                                 "crawler_reclaimed",
                                 "moves_to_cold",
                                 "moves_to_warm",
                                 "moves_within_lru",
                                 "round_robin_fallback",
                                 "unexpected_napi_ids",
                                 "slab_global_page_pool",
                                 "hash_power_level",
                                 "hash_bytes",
                                 "hash_is_expanding",
                                 "expired_unfetched",
                                 "evicted_unfetched",
                                 "time_in_listen_disabled_us",
                                 "idle_kicks",
                                 "prefixes_dropped"}) {
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

TEST_F(Stats, PrintsWhatWatchersAndListenersSaw) {
  ServerFigures& server = world_.server().figures;
  server.accept_failures = 2;
  server.listen_disabled = 3;
  server.listen_disabled_us = 1234;
  server.idle_kicks = 5;
  server.prefixes_dropped = 6;
  server.log_worker_dropped = 7;
  server.log_worker_written = 8;
  server.log_watcher_skipped = 9;
  server.log_watcher_sent = 10;
  server.log_watchers = 11;
  const Figures figures = Read();
  // Both are reasons not to accept.
  EXPECT_EQ(figures.at("listen_disabled_num"), "5");
  EXPECT_EQ(figures.at("time_in_listen_disabled_us"), "1234");
  EXPECT_EQ(figures.at("idle_kicks"), "5");
  EXPECT_EQ(figures.at("prefixes_dropped"), "6");
  EXPECT_EQ(figures.at("log_worker_dropped"), "7");
  EXPECT_EQ(figures.at("log_worker_written"), "8");
  EXPECT_EQ(figures.at("log_watcher_skipped"), "9");
  EXPECT_EQ(figures.at("log_watcher_sent"), "10");
  EXPECT_EQ(figures.at("log_watchers"), "11");
}

TEST_F(Stats, ResetCountsWhatTheServerSawFromNow) {
  ServerFigures& server = world_.server().figures;
  server.accept_failures = server.listen_disabled = server.listen_disabled_us = 10;
  server.idle_kicks = server.log_worker_dropped = server.log_worker_written = 10;
  server.log_watcher_skipped = server.log_watcher_sent = server.log_watchers = 10;
  Read("reset");
  server.listen_disabled = 13;
  server.log_watcher_sent = 15;
  const Figures figures = Read();
  for (const char* const name : {"time_in_listen_disabled_us", "idle_kicks", "log_worker_dropped",
                                 "log_worker_written", "log_watcher_skipped"}) {
    EXPECT_EQ(figures.at(name), "0") << name;
  }
  EXPECT_EQ(figures.at("listen_disabled_num"), "3");
  EXPECT_EQ(figures.at("log_watcher_sent"), "5");
  EXPECT_EQ(figures.at("log_watchers"), "10");
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
