#include "server/admin/metrics.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <sstream>
#include <string>

namespace ringcached::server {
namespace {

using protocol::Counter;

class MetricsTest : public testing::Test {
 protected:
  void Count(Counter counter, uint64_t n) {
    snapshot_->totals.values[static_cast<size_t>(counter)] = n;
  }
  // Sample by name and labels, as text has them.
  std::map<std::string, double> Samples() {
    const auto visit_classes = [](protocol::StatVisitor visitor) {
      visitor("items:1:number", "77");
      visitor("items:1:number_hot", "1");
    };
    MetricMemory memory;
    const std::string text = MetricsText(*snapshot_, facts_, visit_classes, &memory);
    std::map<std::string, double> samples;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with('#')) continue;
      const size_t blank = line.rfind(' ');
      const bool added =
          samples.emplace(line.substr(0, blank), std::stod(line.substr(blank))).second;
      EXPECT_TRUE(added) << "twice: " << line;
    }
    return samples;
  }

  std::unique_ptr<ServerSnapshot> snapshot_ = std::make_unique<ServerSnapshot>();
  MetricFacts facts_{.version = "1",
                     .protocol_version = "1.6",
                     .io = "ring",
                     .unix_seconds = 5,
                     .ready = true,
                     .recent_hit_ratio = {}};
};

TEST_F(MetricsTest, HasTheExportersNames) {
  Count(Counter::kGetHits, 3);
  Count(Counter::kGetMisses, 4);
  Count(Counter::kCmdSet, 100);
  Count(Counter::kCasHits, 10);
  Count(Counter::kCasMisses, 20);
  Count(Counter::kCasBadval, 30);
  snapshot_->figures.rusage_user_us = 1'500'000;
  auto samples = Samples();
  EXPECT_EQ(samples["memcached_up"], 1);
  EXPECT_EQ(samples["memcached_version{version=\"1.6\"}"], 1);
  EXPECT_EQ(samples["memcached_time_seconds"], 5);
  EXPECT_EQ(samples["memcached_process_user_cpu_seconds_total"], 1.5);
  EXPECT_EQ(samples["memcached_commands_total{command=\"get\",status=\"hit\"}"], 3);
  EXPECT_EQ(samples["memcached_commands_total{command=\"get\",status=\"miss\"}"], 4);
  // cas counts as set too.
  EXPECT_EQ(samples["memcached_commands_total{command=\"set\",status=\"hit\"}"], 40);
  EXPECT_EQ(samples["memcached_commands_total{command=\"cas\",status=\"badval\"}"], 30);
  EXPECT_EQ(samples["memcached_slab_current_items{slab=\"1\"}"], 77);
  // Of what stats say nothing.
  EXPECT_TRUE(samples.contains("memcached_slab_items_evicted_total{slab=\"1\"}"));
}

TEST_F(MetricsTest, HistogramsAreCumulative) {
  LatencyHistogram& gets = snapshot_->latencies[static_cast<size_t>(CommandKind::kGet)];
  gets.Add(LatencyHistogram::Buckets::BucketOf(1000), 5);
  gets.Add(LatencyHistogram::Buckets::BucketOf(1500), 7);
  gets.Add(LatencyHistogram::Buckets::BucketOf(5'000'000'000), 1);
  gets.AddSum(5'000'015'500);
  auto samples = Samples();
  const std::string name = "ringcached_command_duration_seconds";
  EXPECT_EQ(samples[name + "_bucket{command=\"get\",le=\"1.024e-06\"}"], 5);
  EXPECT_EQ(samples[name + "_bucket{command=\"get\",le=\"2.048e-06\"}"], 12);
  EXPECT_EQ(samples[name + "_bucket{command=\"get\",le=\"+Inf\"}"], 13);
  EXPECT_EQ(samples[name + "_count{command=\"get\"}"], 13);
  EXPECT_DOUBLE_EQ(samples[name + "_sum{command=\"get\"}"], 5.0000155);
  EXPECT_EQ(samples[name + "_count{command=\"touch\"}"], 0);
}

TEST_F(MetricsTest, AgesOfEvictedItemsAreCumulativeToo) {
  snapshot_->cache.evicted_ages.Add(5);
  snapshot_->cache.evicted_ages.Add(700'000);
  auto samples = Samples();
  const std::string name = "ringcached_evicted_item_age_seconds";
  EXPECT_EQ(samples[name + "_bucket{le=\"1\"}"], 0);
  EXPECT_EQ(samples[name + "_bucket{le=\"10\"}"], 1);
  EXPECT_EQ(samples[name + "_bucket{le=\"604800\"}"], 1);
  EXPECT_EQ(samples[name + "_bucket{le=\"+Inf\"}"], 2);
  EXPECT_EQ(samples[name + "_sum"], 700'005);
}

TEST_F(MetricsTest, TheHitRatioIsThereWithGetsAlone) {
  EXPECT_FALSE(Samples().contains("ringcached_recent_hit_ratio"));
  facts_.recent_hit_ratio = 0.25;
  EXPECT_EQ(Samples()["ringcached_recent_hit_ratio"], 0.25);
}

TEST_F(MetricsTest, ReadinessAndBuild) {
  EXPECT_EQ(Samples()["ringcached_ready"], 1);
  EXPECT_EQ(Samples()["ringcached_build_info{version=\"1\",io=\"ring\"}"], 1);
  facts_.ready = false;
  EXPECT_EQ(Samples()["ringcached_ready"], 0);
}

}  // namespace
}  // namespace ringcached::server
