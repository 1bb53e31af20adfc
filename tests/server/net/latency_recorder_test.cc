#include "server/net/latency_recorder.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <vector>

namespace ringcached::server {
namespace {

using protocol::CommandCounters;
using protocol::Counter;
using Buckets = LatencyHistogram::Buckets;

constexpr uint64_t kLongest = std::numeric_limits<uint64_t>::max();

// What holds of each duration and its bucket.
void ExpectItsBucket(uint64_t ns) {
  const size_t bucket = Buckets::BucketOf(ns);
  ASSERT_LT(bucket, LatencyHistogram::kBuckets) << ns;
  const uint64_t upper = Buckets::UpperEndNs(bucket);
  ASSERT_GE(upper, ns);
  // An eighth too high at most.
  ASSERT_LE(upper - ns, ns / Buckets::kSteps) << ns;
  if (bucket > 0) {
    ASSERT_LT(Buckets::UpperEndNs(bucket - 1), ns);
  }
}

TEST(LatencyHistogramTest, ABucketHasItsBounds) {
  for (uint64_t ns = 0; ns < 100'000; ++ns) ExpectItsBucket(ns);
  for (unsigned bit = 3; bit < 64; ++bit) {
    const uint64_t power = uint64_t{1} << bit;
    for (const uint64_t ns : {power - 1, power, power + 1}) ExpectItsBucket(ns);
  }
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 100'000; ++i) ExpectItsBucket(random() >> (random() % 64));
  ExpectItsBucket(kLongest);
}

TEST(LatencyHistogramTest, BucketsFollowEachOther) {
  for (size_t bucket = 1; bucket < LatencyHistogram::kBuckets; ++bucket) {
    const uint64_t before = Buckets::UpperEndNs(bucket - 1);
    ASSERT_EQ(Buckets::BucketOf(before), bucket - 1);
    ASSERT_EQ(Buckets::BucketOf(before + 1), bucket);
  }
  EXPECT_EQ(Buckets::UpperEndNs(LatencyHistogram::kBuckets - 1), kLongest);
}

TEST(LatencyHistogramTest, PercentilesAreUpperBounds) {
  const auto histogram = std::make_unique<LatencyHistogram>();
  EXPECT_EQ(histogram->total(), 0U);
  EXPECT_EQ(histogram->PercentileNs(0.5), 0U);
  EXPECT_EQ(histogram->PercentileNs(1), 0U);
  // Their buckets' bounds, so that nothing is rounded.
  const uint64_t usual = Buckets::UpperEndNs(100);
  const uint64_t slow = Buckets::UpperEndNs(150);
  const uint64_t slowest = Buckets::UpperEndNs(200);
  histogram->Add(100, 900);
  histogram->Add(150, 90);
  histogram->Add(200, 10);
  EXPECT_EQ(histogram->total(), 1000U);
  EXPECT_EQ(histogram->PercentileNs(0), usual);
  EXPECT_EQ(histogram->PercentileNs(0.5), usual);
  EXPECT_EQ(histogram->PercentileNs(0.9), usual);
  EXPECT_EQ(histogram->PercentileNs(0.901), slow);
  EXPECT_EQ(histogram->PercentileNs(0.99), slow);
  EXPECT_EQ(histogram->PercentileNs(0.999), slowest);
  EXPECT_EQ(histogram->PercentileNs(1), slowest);
}

TEST(LatencyHistogramTest, OneOfThemIsEveryPercentile) {
  const auto histogram = std::make_unique<LatencyHistogram>();
  histogram->Add(7, 1);
  for (const double share : {0.0, 0.5, 0.999, 1.0}) EXPECT_EQ(histogram->PercentileNs(share), 7U);
}

TEST(LatencyHistogramTest, CountsUpToPowersOfTwoExactly) {
  const auto histogram = std::make_unique<LatencyHistogram>();
  histogram->Add(Buckets::BucketOf(1023), 1);
  histogram->Add(Buckets::BucketOf(1024), 10);
  histogram->Add(Buckets::BucketOf(2047), 100);
  histogram->Add(Buckets::BucketOf(2048), 1000);
  EXPECT_EQ(histogram->CountUpTo(1023), 1U);
  EXPECT_EQ(histogram->CountUpTo(2047), 111U);
  EXPECT_EQ(histogram->CountUpTo(kLongest), 1111U);
}

TEST(LatencyHistogramTest, ADifferenceIsWhatCameSince) {
  const auto earlier = std::make_unique<LatencyHistogram>();
  earlier->Add(7, 2);
  earlier->AddSum(14);
  const auto later = std::make_unique<LatencyHistogram>(*earlier);
  later->Add(9, 3);
  later->AddSum(27);
  const auto since = std::make_unique<LatencyHistogram>(later->Since(*earlier));
  EXPECT_EQ(since->total(), 3U);
  EXPECT_EQ(since->sum_ns(), 27U);
  EXPECT_EQ(since->PercentileNs(0), 9U);
  // They were cleared in between, and then some were recorded.
  EXPECT_EQ(earlier->Since(*later).total(), 2U);
}

TEST(LatencyHistogramTest, SumsAddUp) {
  const auto one = std::make_unique<LatencyHistogram>();
  one->Add(7, 2);
  one->AddSum(14);
  const auto both = std::make_unique<LatencyHistogram>(*one);
  both->Add(*one);
  EXPECT_EQ(both->total(), 4U);
  EXPECT_EQ(both->sum_ns(), 28U);
}

uint64_t Recorded(const LatencyRecorder& recorder, CommandKind kind) {
  const auto histogram = std::make_unique<LatencyHistogram>();
  recorder.AddTo(kind, histogram.get());
  return histogram->total();
}

uint64_t Longest(const LatencyRecorder& recorder, CommandKind kind) {
  const auto histogram = std::make_unique<LatencyHistogram>();
  recorder.AddTo(kind, histogram.get());
  return histogram->PercentileNs(1);
}

class LatencyRecorderTest : public testing::Test {
 protected:
  const std::unique_ptr<LatencyRecorder> recorder_ = std::make_unique<LatencyRecorder>();
  CommandCounters counters_;
};

TEST_F(LatencyRecorderTest, CountsWhatWasAnsweredSinceTheLastTurn) {
  counters_.Add(Counter::kCmdGet, 10);
  recorder_->Record(5, counters_);
  EXPECT_EQ(Recorded(*recorder_, CommandKind::kGet), 10U);
  recorder_->Record(7, counters_);
  EXPECT_EQ(Recorded(*recorder_, CommandKind::kGet), 10U);
  EXPECT_EQ(Longest(*recorder_, CommandKind::kGet), 5U) << "the empty turn was counted";
  counters_.Add(Counter::kCmdGet);
  recorder_->Record(7, counters_);
  EXPECT_EQ(Recorded(*recorder_, CommandKind::kGet), 11U);
  EXPECT_EQ(Longest(*recorder_, CommandKind::kGet), 7U);
}

TEST_F(LatencyRecorderTest, KindsAreToldApart) {
  const std::vector<std::pair<CommandKind, Counter>> counters = {
      {CommandKind::kGet, Counter::kCmdGet},          {CommandKind::kGet, Counter::kCmdMeta},
      {CommandKind::kSet, Counter::kCmdSet},          {CommandKind::kDelete, Counter::kDeleteHits},
      {CommandKind::kDelete, Counter::kDeleteMisses}, {CommandKind::kDelta, Counter::kIncrHits},
      {CommandKind::kDelta, Counter::kIncrMisses},    {CommandKind::kDelta, Counter::kDecrHits},
      {CommandKind::kDelta, Counter::kDecrMisses},    {CommandKind::kTouch, Counter::kCmdTouch},
  };
  std::vector<uint64_t> expected(kCommandKinds);
  for (const auto& [kind, counter] : counters) {
    counters_.Add(counter, 2);
    expected[static_cast<size_t>(kind)] += 2;
    recorder_->Record(1, counters_);
    for (size_t i = 0; i < kCommandKinds; ++i) {
      EXPECT_EQ(Recorded(*recorder_, static_cast<CommandKind>(i)), expected[i]);
    }
  }
}

// Whoever has cleared it is told nothing of before, whether or not there has been a turn since.
TEST_F(LatencyRecorderTest, ClearForgetsAtOnce) {
  counters_.Add(Counter::kCmdSet, 10);
  recorder_->Record(5, counters_);
  recorder_->Clear();
  EXPECT_EQ(Recorded(*recorder_, CommandKind::kSet), 0U);
  counters_.Add(Counter::kCmdSet, 3);
  recorder_->Record(7, counters_);
  EXPECT_EQ(Recorded(*recorder_, CommandKind::kSet), 3U);
  recorder_->Record(7, counters_);
  EXPECT_EQ(Recorded(*recorder_, CommandKind::kSet), 3U) << "it was cleared twice";
}

TEST_F(LatencyRecorderTest, SumsAreAsMeasured) {
  counters_.Add(Counter::kCmdGet, 10);
  recorder_->Record(1001, counters_);
  const auto histogram = std::make_unique<LatencyHistogram>();
  recorder_->AddTo(CommandKind::kGet, histogram.get());
  EXPECT_EQ(histogram->sum_ns(), 10'010U);
}

TEST_F(LatencyRecorderTest, TurnsAreRecordedForThemselves) {
  recorder_->RecordTurn(5);
  recorder_->RecordTurn(7);
  const auto turns = std::make_unique<LatencyHistogram>();
  recorder_->AddTurnsTo(turns.get());
  EXPECT_EQ(turns->total(), 2U);
  EXPECT_EQ(turns->sum_ns(), 12U);
  EXPECT_EQ(Recorded(*recorder_, CommandKind::kGet), 0U);
  recorder_->Clear();
  recorder_->RecordTurn(9);
  const auto after = std::make_unique<LatencyHistogram>();
  recorder_->AddTurnsTo(after.get());
  EXPECT_EQ(after->sum_ns(), 9U);
}

TEST(CommandKindTest, HaveNames) {
  std::vector<std::string_view> names;
  for (size_t i = 0; i < kCommandKinds; ++i) {
    names.push_back(CommandKindName(static_cast<CommandKind>(i)));
  }
  EXPECT_EQ(names, (std::vector<std::string_view>{"get", "set", "delete", "incr_decr", "touch"}));
}

}  // namespace
}  // namespace ringcached::server
