#include "protocol/counters.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace ringcached::protocol {
namespace {

TEST(Counters, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < kCounterCount; ++i) {
    const std::string_view name = CounterName(static_cast<Counter>(i));
    EXPECT_FALSE(name.empty());
    EXPECT_TRUE(names.insert(name).second) << name << " stands twice";
  }
  EXPECT_EQ(CounterName(Counter::kCmdGet), "cmd_get");
  EXPECT_EQ(CounterName(Counter::kStoreNoMemory), "store_no_memory");
  EXPECT_EQ(CounterName(Counter::kLineTooLong), "line_too_long");
}

TEST(Counters, SumOverThreads) {
  CommandCounters one;
  CommandCounters other;
  one.Add(Counter::kGetHits);
  one.Add(Counter::kBytesRead, 100);
  other.Add(Counter::kGetHits, 2);
  CounterTotals totals;
  one.AddTo(totals);
  other.AddTo(totals);
  EXPECT_EQ(totals[Counter::kGetHits], 3u);
  EXPECT_EQ(totals[Counter::kBytesRead], 100u);
  EXPECT_EQ(totals[Counter::kGetMisses], 0u);
}

}  // namespace
}  // namespace ringcached::protocol
