#include "server/config/settings_stats.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

namespace ringcached::server {
namespace {

std::map<std::string, std::string> Visit(const Settings& settings, const RuntimeFacts& facts) {
  std::map<std::string, std::string> stats;
  VisitSettings(settings, facts, [&](std::string_view name, std::string_view value) {
    EXPECT_TRUE(stats.emplace(name, value).second) << name << " comes twice";
  });
  return stats;
}

TEST(SettingsStatsTest, SaysTheSettingsUnderMemcachedsNames) {
  Settings settings;
  settings.max_connections = 77;
  settings.listen = {"127.0.0.1", "[::1]:5"};
  settings.evict = false;
  settings.threads = 3;
  settings.eviction = storage::EvictionPolicy::kS3Fifo;
  settings.bloom = storage::BloomMode::kOff;
  auto stats = Visit(settings, {});
  EXPECT_EQ(stats["maxconns"], "77");
  EXPECT_EQ(stats["udpport"], "0");
  EXPECT_EQ(stats["inter"], "127.0.0.1,[::1]:5");
  EXPECT_EQ(stats["evictions"], "off");
  EXPECT_EQ(stats["num_threads"], "3");
  EXPECT_EQ(stats["tcp_backlog"], "1024");
  EXPECT_EQ(stats["item_size_max"], "1048576");
  EXPECT_EQ(stats["cas_enabled"], "yes");
  EXPECT_EQ(stats["drain_timeout_ms"], "2000");
  EXPECT_EQ(stats["eviction"], "s3fifo");
  EXPECT_EQ(stats["auth_enabled_sasl"], "no");
  EXPECT_EQ(stats["auth_enabled_ascii"], "no");
  EXPECT_EQ(stats["bloom"], "off");
  EXPECT_EQ(stats["admin"], "off");
}

TEST(SettingsStatsTest, SaysHowClientsAuthenticate) {
  Settings settings;
  settings.auth_file = "/etc/users";
  settings.sasl = true;
  auto stats = Visit(settings, {});
  EXPECT_EQ(stats["auth_enabled_sasl"], "yes");
  EXPECT_EQ(stats["auth_enabled_ascii"], "/etc/users");
}

TEST(SettingsStatsTest, SaysWhatBecameOfThem) {
  const RuntimeFacts facts{.verbosity = 2,
                           .tcp_port = 4242,
                           .shards = 16,
                           .memory_limit_bytes = 4711,
                           .admin_url = "http://[::1]:9150/",
                           .io_backend = "epoll",
                           .io_backend_reason = "the kernel has no io_uring"};
  auto stats = Visit(Settings{}, facts);
  EXPECT_EQ(stats["maxbytes"], "4711");
  EXPECT_EQ(stats["verbosity"], "2");
  EXPECT_EQ(stats["tcpport"], "4242");
  EXPECT_EQ(stats["shards"], "16");
  EXPECT_EQ(stats["admin"], "http://[::1]:9150/");
  EXPECT_EQ(stats["io_backend"], "epoll");
  EXPECT_EQ(stats["io_backend_reason"], "the kernel has no io_uring");
}

TEST(SettingsStatsTest, HasNoReasonWithoutAFallback) {
  EXPECT_FALSE(Visit(Settings{}, {}).contains("io_backend_reason"));
}

}  // namespace
}  // namespace ringcached::server
