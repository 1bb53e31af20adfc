// The figures that memcached gives by slab class, and of single connections and commands.

#include "protocol/stats_classes.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/protocol/session_peer.h"
#include "tests/protocol/stats_figures.h"

namespace ringcached::protocol {
namespace {

class StatsClasses : public testing::Test {
 protected:
  Figures Read(std::string_view argument) { return ReadFigures(argument, world_, &outcome_); }
  static uint64_t Number(const Figures& figures, std::string_view name) {
    const auto found = figures.find(name);
    EXPECT_NE(found, figures.end()) << name;
    return found == figures.end() ? 0 : std::stoull(found->second);
  }

  SessionWorld world_;
  SessionPeer peer_{world_};
  Outcome outcome_;
};

// memcached's answers.
TEST_F(StatsClasses, AnEmptyCacheHasNone) {
  EXPECT_EQ(peer_.Ask("stats items\r\n"), "END\r\n");
  EXPECT_EQ(peer_.Ask("stats slabs\r\n"),
            "STAT active_slabs 0\r\nSTAT total_malloced 0\r\nEND\r\n");
  peer_.Ask("get a\r\ndelete a\r\n");
  EXPECT_EQ(peer_.Ask("stats items\r\n"), "END\r\n");
}

TEST_F(StatsClasses, ItemsNamesWhatExportersRead) {
  peer_.Ask("set a 0 0 1\r\nx\r\n");
  const Figures figures = Read("items");
  EXPECT_EQ(outcome_.code, OutcomeCode::kStats);
  for (const std::string name : {"number",
                                 "age",
                                 "crawler_reclaimed",
                                 "evicted",
                                 "evicted_nonzero",
                                 "evicted_time",
                                 "evicted_unfetched",
                                 "expired_unfetched",
                                 "outofmemory",
                                 "reclaimed",
                                 "tailrepairs",
                                 "mem_requested",
                                 "moves_to_cold",
                                 "moves_to_warm",
                                 "moves_within_lru",
                                 "number_hot",
                                 "number_warm",
                                 "number_cold",
                                 "age_hot",
                                 "age_warm",
                                 "hits_to_hot",
                                 "hits_to_warm",
                                 "hits_to_cold",
                                 "hits_to_temp",
                                 "crawler_items_checked",
                                 "lrutail_reflocked",
                                 "direct_reclaims",
                                 "evicted_active"}) {
    EXPECT_TRUE(figures.contains("items:1:" + name)) << name;
  }
  for (const auto& [name, value] : figures) EXPECT_EQ(name.substr(0, 8), "items:1:");
}

TEST_F(StatsClasses, SlabsNamesWhatExportersRead) {
  peer_.Ask("set a 0 0 1\r\nx\r\n");
  const Figures figures = Read("slabs");
  EXPECT_EQ(outcome_.code, OutcomeCode::kStats);
  for (const std::string name :
       {"chunk_size", "chunks_per_page", "total_pages", "total_chunks", "used_chunks",
        "free_chunks", "free_chunks_end", "get_hits", "cmd_set", "delete_hits", "incr_hits",
        "decr_hits", "cas_hits", "cas_badval", "touch_hits"}) {
    EXPECT_TRUE(figures.contains("1:" + name)) << name;
  }
  EXPECT_EQ(figures.size(), 15u + 2u);
  EXPECT_EQ(figures.at("active_slabs"), "1");
}

TEST_F(StatsClasses, ItemsSaysWhatTheCacheHolds) {
  peer_.Ask("set a 0 0 100\r\n" + std::string(100, 'x') + "\r\nset b 0 0 1\r\nx\r\n");
  world_.AdvanceClock(30);
  peer_.Ask("set c 0 0 1\r\nx\r\n");
  const Figures figures = Read("items");
  EXPECT_EQ(figures.at("items:1:number"), "3");
  EXPECT_EQ(figures.at("items:1:number_cold"), "3");
  EXPECT_EQ(figures.at("items:1:number_hot"), "0");
  EXPECT_EQ(figures.at("items:1:age"), "30");
  EXPECT_EQ(figures.at("items:1:evicted"), "0");
  EXPECT_EQ(Number(figures, "items:1:mem_requested"), world_.cache().Stats().item_bytes);
}

TEST_F(StatsClasses, ItemsSaysWhatWasEvictedAndExpired) {
  peer_.Ask("set ends 0 5 1\r\nx\r\n");
  world_.AdvanceClock(10);
  const std::string value(10'000, 'x');
  for (int i = 0; i < 2000; ++i) {
    peer_.Send("set k" + std::to_string(i) + " 0 100000 10000 noreply\r\n" + value + "\r\n");
    if (i == 1000) world_.AdvanceClock(10);
  }
  const Figures figures = Read("items");
  const storage::CacheStats stats = world_.cache().Stats();
  EXPECT_GT(stats.evictions, 0u);
  EXPECT_EQ(Number(figures, "items:1:evicted"), stats.evictions);
  EXPECT_EQ(Number(figures, "items:1:evicted_nonzero"), stats.evictions);
  EXPECT_EQ(Number(figures, "items:1:evicted_unfetched"), stats.evictions);
  EXPECT_EQ(Number(figures, "items:1:evicted_time"), stats.evicted_age_seconds);
  EXPECT_EQ(Number(figures, "items:1:expired_unfetched"), 1u);
  EXPECT_EQ(Number(figures, "items:1:reclaimed"), stats.reclaimed);
  Read("reset");
  EXPECT_EQ(Read("items").at("items:1:evicted"), "0");
  EXPECT_EQ(Read("items").at("items:1:evicted_nonzero"), "0");
  EXPECT_EQ(Number(Read("items"), "items:1:number"), stats.items);
}

TEST_F(StatsClasses, SlabsAddUp) {
  for (int i = 0; i < 1000; ++i) {
    peer_.Send("set k" + std::to_string(i) + " 0 0 100 noreply\r\n" + std::string(100, 'x') +
               "\r\n");
  }
  peer_.Ask("get k1 k2\r\ndelete k1\r\nset n 0 0 1\r\n7\r\nincr n 1\r\ndecr n 1\r\ntouch n 0\r\n");
  const Figures figures = Read("slabs");
  const storage::CacheStats stats = world_.cache().Stats();
  EXPECT_EQ(Number(figures, "1:chunk_size"), stats.item_bytes / stats.items);
  EXPECT_EQ(Number(figures, "1:used_chunks"), stats.items);
  EXPECT_EQ(Number(figures, "1:total_chunks"),
            Number(figures, "1:used_chunks") + Number(figures, "1:free_chunks"));
  EXPECT_EQ(Number(figures, "total_malloced"), stats.segment_bytes + stats.large_value_bytes);
  EXPECT_EQ(Number(figures, "1:total_pages"), stats.segment_bytes / stats.segment_size_bytes);
  EXPECT_EQ(figures.at("1:get_hits"), "2");
  EXPECT_EQ(figures.at("1:cmd_set"), "1001");
  EXPECT_EQ(figures.at("1:delete_hits"), "1");
  EXPECT_EQ(figures.at("1:incr_hits"), "1");
  EXPECT_EQ(figures.at("1:decr_hits"), "1");
  EXPECT_EQ(figures.at("1:touch_hits"), "1");
}

// A class whose items have gone stays, as its pages do.
TEST_F(StatsClasses, SurviveTheirItems) {
  peer_.Ask("set a 0 0 1\r\nx\r\ndelete a\r\n");
  EXPECT_EQ(Read("items").at("items:1:number"), "0");
  const Figures figures = Read("slabs");
  EXPECT_EQ(figures.at("active_slabs"), "1");
  EXPECT_EQ(figures.at("1:used_chunks"), "0");
  EXPECT_EQ(figures.at("1:chunk_size"), "32");
}

TEST_F(StatsClasses, ConnectionsAreListed) {
  world_.server().connections = {{.number = 3,
                                  .address = "tcp:127.0.0.1:11211",
                                  .listen_address = {},
                                  .state = "conn_listening",
                                  .idle_seconds = 86400},
                                 {.number = 26,
                                  .address = "tcp:127.0.0.1:50000",
                                  .listen_address = "tcp:127.0.0.1:11211",
                                  .state = "conn_read",
                                  .idle_seconds = 5}};
  EXPECT_EQ(peer_.Ask("stats conns\r\n"),
            "STAT 3:addr tcp:127.0.0.1:11211\r\nSTAT 3:state conn_listening\r\n"
            "STAT 3:secs_since_last_cmd 86400\r\nSTAT 26:addr tcp:127.0.0.1:50000\r\n"
            "STAT 26:listen_addr tcp:127.0.0.1:11211\r\nSTAT 26:state conn_read\r\n"
            "STAT 26:secs_since_last_cmd 5\r\nEND\r\n");
}

TEST_F(StatsClasses, LatenciesAreMicroseconds) {
  world_.server().latencies = {{.command = "get",
                                .count = 1000,
                                .p50_ns = 999,
                                .p90_ns = 12'345,
                                .p99_ns = 100,
                                .p999_ns = 99,
                                .max_ns = 5'000'000'049}};
  EXPECT_EQ(peer_.Ask("stats latency\r\n"),
            "STAT get_count 1000\r\nSTAT get_p50_us 0.9\r\nSTAT get_p90_us 12.3\r\n"
            "STAT get_p99_us 0.1\r\nSTAT get_p999_us 0.0\r\nSTAT get_max_us 5000000.0\r\nEND\r\n");
}

TEST_F(StatsClasses, ResetClearsSamples) {
  world_.server().latencies = {{.command = "get", .count = 1}};
  world_.server().prefixes["a"].gets = 1;
  EXPECT_EQ(peer_.Ask("stats reset\r\n"), "RESET\r\n");
  EXPECT_EQ(peer_.Ask("stats latency\r\nstats detail dump\r\n"), "END\r\nEND\r\n");
}

}  // namespace
}  // namespace ringcached::protocol
