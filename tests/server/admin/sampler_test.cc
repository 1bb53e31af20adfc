#include "server/admin/sampler.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <vector>

namespace ringcached::server {
namespace {

TEST(SamplerTest, SamplesAtOnceAndThenAtIntervals) {
  std::vector<double> seconds;
  std::promise<void> three;
  Sampler sampler(std::chrono::seconds(0));
  sampler.Start([&](double since) {
    seconds.push_back(since);
    if (seconds.size() == 3) three.set_value();
  });
  three.get_future().wait();
  sampler.Stop();
  EXPECT_EQ(seconds[0], 0);
  EXPECT_GT(seconds[1], 0);
  EXPECT_GT(seconds[2], 0);
}

TEST(SamplerTest, StopsWithinAnInterval) {
  std::promise<void> begun;
  Sampler sampler(std::chrono::hours(1));
  sampler.Start([&](double) { begun.set_value(); });
  begun.get_future().wait();
  sampler.Stop();
  sampler.Stop();
}

TEST(SamplerTest, NeedNotBeStarted) { Sampler sampler(std::chrono::hours(1)); }

}  // namespace
}  // namespace ringcached::server
