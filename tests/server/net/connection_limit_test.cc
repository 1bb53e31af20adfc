#include "server/net/connection_limit.h"

#include <gtest/gtest.h>

namespace ringcached::server {
namespace {

TEST(ConnectionLimitTest, AdmitsUpToTheLimitAndCountsTheRest) {
  ConnectionLimit limit(2);
  EXPECT_TRUE(limit.Admit());
  EXPECT_TRUE(limit.Admit());
  EXPECT_FALSE(limit.Admit());
  EXPECT_EQ(limit.current(), 2U);
  EXPECT_EQ(limit.total(), 2U);
  EXPECT_EQ(limit.rejected(), 1U);
  limit.Release();
  EXPECT_TRUE(limit.Admit());
  EXPECT_EQ(limit.total(), 3U);
}

}  // namespace
}  // namespace ringcached::server
