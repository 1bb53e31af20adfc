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

constexpr uint64_t kLongest = std::numeric_limits<uint64_t>::max();

// What holds of each duration and its class.
void ExpectItsClass(uint64_t ns) {
  const size_t number = LatencyHistogram::ClassOf(ns);
  ASSERT_LT(number, LatencyHistogram::kClasses) << ns;
  const uint64_t upper = LatencyHistogram::UpperBoundNs(number);
  ASSERT_GE(upper, ns);
  // An eighth too high at most.
  ASSERT_LE(upper - ns, ns / LatencyHistogram::kSteps) << ns;
  if (number > 0) {
    ASSERT_LT(LatencyHistogram::UpperBoundNs(number - 1), ns);
  }
}

TEST(LatencyHistogramTest, AClassHasItsBounds) {
  for (uint64_t ns = 0; ns < 100'000; ++ns) ExpectItsClass(ns);
  for (unsigned bit = 3; bit < 64; ++bit) {
    const uint64_t power = uint64_t{1} << bit;
    for (const uint64_t ns : {power - 1, power, power + 1}) ExpectItsClass(ns);
  }
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 100'000; ++i) ExpectItsClass(random() >> (random() % 64));
  ExpectItsClass(kLongest);
}

TEST(LatencyHistogramTest, ClassesFollowEachOther) {
  for (size_t number = 1; number < LatencyHistogram::kClasses; ++number) {
    const uint64_t before = LatencyHistogram::UpperBoundNs(number - 1);
    ASSERT_EQ(LatencyHistogram::ClassOf(before), number - 1);
    ASSERT_EQ(LatencyHistogram::ClassOf(before + 1), number);
  }
  EXPECT_EQ(LatencyHistogram::UpperBoundNs(LatencyHistogram::kClasses - 1), kLongest);
}

TEST(LatencyHistogramTest, PercentilesAreUpperBounds) {
  const auto histogram = std::make_unique<LatencyHistogram>();
  EXPECT_EQ(histogram->total(), 0U);
  EXPECT_EQ(histogram->PercentileNs(0.5), 0U);
  EXPECT_EQ(histogram->PercentileNs(1), 0U);
  // Their classes' bounds, so that nothing is rounded.
  const uint64_t usual = LatencyHistogram::UpperBoundNs(100);
  const uint64_t slow = LatencyHistogram::UpperBoundNs(150);
  const uint64_t slowest = LatencyHistogram::UpperBoundNs(200);
  histogram->Add(usual, 900);
  histogram->Add(slow, 90);
  histogram->Add(slowest, 10);
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

TEST(LatencyHistogramTest, AddsAnother) {
  const auto one = std::make_unique<LatencyHistogram>();
  const auto other = std::make_unique<LatencyHistogram>();
  one->Add(1, 2);
  other->Add(1, 3);
  other->Add(5, 1);
  one->Add(*other);
  EXPECT_EQ(one->total(), 6U);
  EXPECT_EQ(one->PercentileNs(0.8), 1U);
  EXPECT_EQ(one->PercentileNs(1), 5U);
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
      {CommandKind::kDelete, Counter::kDeleteMisses}, {CommandKind::kCount, Counter::kIncrHits},
      {CommandKind::kCount, Counter::kIncrMisses},    {CommandKind::kCount, Counter::kDecrHits},
      {CommandKind::kCount, Counter::kDecrMisses},    {CommandKind::kTouch, Counter::kCmdTouch},
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

TEST(CommandKindTest, HaveNames) {
  std::vector<std::string_view> names;
  for (size_t i = 0; i < kCommandKinds; ++i) {
    names.push_back(CommandKindName(static_cast<CommandKind>(i)));
  }
  EXPECT_EQ(names, (std::vector<std::string_view>{"get", "set", "delete", "incr_decr", "touch"}));
}

}  // namespace
}  // namespace ringcached::server
