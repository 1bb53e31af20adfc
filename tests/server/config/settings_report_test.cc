#include "server/config/settings_report.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

namespace ringcached::server {
namespace {

std::map<std::string, std::string> StatsOf(const SettingsReport& report) {
  std::map<std::string, std::string> stats;
  report.Visit(
      [&stats](std::string_view name, std::string_view value) { stats.emplace(name, value); });
  return stats;
}

TEST(SettingsReportTest, TheSettingsHoldUntilTheServerRuns) {
  Settings settings;
  settings.verbosity = 2;
  settings.detail = true;
  const SettingsReport report(settings);
  EXPECT_EQ(StatsOf(report)["verbosity"], "2");
  EXPECT_EQ(StatsOf(report)["detail_enabled"], "yes");
  EXPECT_EQ(StatsOf(report)["maxbytes"], std::to_string(settings.memory_limit_bytes));
}

TEST(SettingsReportTest, ShowsWhatClientsHaveChangedSince) {
  const Settings settings;
  SettingsReport report(settings);
  RuntimeFacts facts;
  facts.io_backend = "epoll";
  int verbosity = 1;
  report.SetServing(facts, [&verbosity](RuntimeFacts& now) { now.verbosity = verbosity; });
  EXPECT_EQ(StatsOf(report)["io_backend"], "epoll");
  EXPECT_EQ(StatsOf(report)["verbosity"], "1");
  verbosity = 3;
  EXPECT_EQ(StatsOf(report)["verbosity"], "3");
}

}  // namespace
}  // namespace ringcached::server
