#include "server/admin/status_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ringcached::server {
namespace {

using Json = nlohmann::json;

TEST(StatusJsonTest, HasFactsAndRows) {
  ServerSnapshot snapshot;
  snapshot.figures.uptime_seconds = 12;
  snapshot.figures.threads = 3;
  snapshot.figures.resident_bytes = 1000;
  snapshot.cache.limit_bytes = 2000;
  snapshot.cache.item_bytes = 100;
  snapshot.cache.segment_bytes = 300;
  snapshot.cache.index_bytes = 200;
  HistoryRow row;
  row.unix_seconds = 99;
  row.gets_per_s = 1.5;
  row.p99_us = 12.5;
  const Json status = Json::parse(StatusJson(snapshot,
                                             {.version = "1.2",
                                              .io = "a \"ring\"",
                                              .state = "ready",
                                              .unix_seconds = 100,
                                              .interval_seconds = 2},
                                             {row, row}));
  EXPECT_EQ(status["version"], "1.2");
  EXPECT_EQ(status["io"], "a \"ring\"");
  EXPECT_EQ(status["state"], "ready");
  EXPECT_EQ(status["unix_time"], 100);
  EXPECT_EQ(status["uptime_s"], 12);
  EXPECT_EQ(status["interval_s"], 2);
  EXPECT_EQ(status["limit_bytes"], 2000);
  ASSERT_EQ(status["rows"].size(), 2u);
  ASSERT_EQ(status["rows"][0].size(), status["columns"].size());
  const auto column = [&](const char* name) -> Json {
    for (size_t i = 0; i < status["columns"].size(); ++i) {
      if (status["columns"][i] == name) return status["rows"][0][i];
    }
    return "no such column";
  };
  EXPECT_EQ(column("unix_time"), 99);
  EXPECT_EQ(column("gets_per_s"), 1.5);
  EXPECT_EQ(column("p50_us"), Json());
  EXPECT_EQ(column("p99_us"), 12.5);
}

TEST(StatusJsonTest, MemoryAddsUpToTheProcess) {
  ServerSnapshot snapshot;
  snapshot.figures.resident_bytes = 1000;
  snapshot.figures.connection_bytes = 50;
  snapshot.cache.item_bytes = 100;
  snapshot.cache.segment_bytes = 300;
  snapshot.cache.index_bytes = 200;
  snapshot.cache.bloom_bytes = 20;
  snapshot.cache.ghost_bytes = 3;
  const Json status = Json::parse(StatusJson(snapshot, {}, {}));
  uint64_t sum = 0;
  for (const Json& part : status["memory"]) sum += part[1].get<uint64_t>();
  EXPECT_EQ(sum, 1000u);
}

}  // namespace
}  // namespace ringcached::server
