#include "server/config/options.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

namespace ringcached::server {
namespace {

struct Case {
  std::string_view name;
  std::string_view text;
  std::string_view value;  // what get() then says
};

TEST(OptionsTest, RightValuesAreTakenUpToTheirLimits) {
  const Case cases[] = {
      {"port", "0", "0"},
      {"port", "65535", "65535"},
      {"port", "-1", "0"},
      {"listen", "10.0.0.1, [::1]:5", "10.0.0.1,[::1]:5"},
      {"threads", "1", "1"},
      {"threads", "256", "256"},
      {"memory-limit", "1", "1"},
      {"memory-limit", "262144", "262144"},
      {"conn-limit", "1", "1"},
      {"conn-limit", "1048576", "1048576"},
      {"max-item-size", "1024", "1k"},
      {"max-item-size", "1g", "1g"},
      {"udp-port", "0", "0"},
      {"user", "nobody", "nobody"},
      {"user", "", ""},
      {"verbose", "0", "0"},
      {"verbose", "9", "3"},
      {"disable-evictions", "true", "true"},
      {"disable-evictions", "no", "false"},
      {"listen-backlog", "1", "1"},
      {"listen-backlog", "65535", "65535"},
      {"admin", "127.0.0.1:9150", "127.0.0.1:9150"},
      {"admin", "[::1]:0", "[::1]:0"},
      {"admin", "localhost:9150", "localhost:9150"},
      {"admin", "", ""},
      {"io", "auto", "auto"},
      {"io", "uring", "uring"},
      {"io", "epoll", "epoll"},
      {"eviction", "lru", "lru"},
      {"eviction", "s3fifo", "s3fifo"},
      {"bloom", "auto", "auto"},
      {"bloom", "on", "on"},
      {"bloom", "off", "off"},
      {"memory-limit", "128m", "128"},
      {"unix-mask", "0", "0"},
      {"unix-mask", "0777", "777"},
      {"protocol", "binary", "binary"},
      {"protocol", "negotiating", "auto"},
      {"max-reqs-per-event", "1", "1"},
      {"prefix-delimiter", "/", "/"},
      {"disable-flush-all", "true", "true"},
      {"idle-timeout", "60", "60"},
      {"maxconns-fast", "false", "false"},
      {"watcher-logbuf-size", "1", "1"},
      {"drain-timeout-ms", "0", "0"},
      {"drain-timeout-ms", "600000", "600000"},
  };
  for (const Case& c : cases) {
    const Option* const option = FindOption(c.name);
    ASSERT_NE(option, nullptr) << c.name;
    Settings settings;
    EXPECT_TRUE(option->set(c.text, settings)) << c.name << "=" << c.text;
    EXPECT_EQ(option->get(settings), c.value) << c.name << "=" << c.text;
  }
}

TEST(OptionsTest, WrongValuesAreRefusedAndChangeNothing) {
  const Case cases[] = {
      {"port", "65536", ""},
      {"port", "-2", ""},
      {"port", "", ""},
      {"listen", "", ""},
      {"listen", "127.0.0.1,host:x", ""},
      {"threads", "0", ""},
      {"threads", "257", ""},
      {"threads", "four", ""},
      {"memory-limit", "0", ""},
      {"memory-limit", "16777217", ""},
      {"memory-limit", "12x", ""},
      {"conn-limit", "0", ""},
      {"conn-limit", "1048577", ""},
      {"max-item-size", "1023", ""},
      {"max-item-size", "1073741825", ""},
      {"udp-port", "11211", ""},
      {"verbose", "much", ""},
      {"disable-evictions", "maybe", ""},
      {"listen-backlog", "0", ""},
      {"listen-backlog", "65536", ""},
      {"admin", "127.0.0.1", ""},
      {"admin", "9150", ""},
      {"admin", "*:9150", ""},
      {"admin", "proto[ascii]:127.0.0.1:9150", ""},
      {"admin", "tag[a]:127.0.0.1:9150", ""},
      {"admin", "127.0.0.1:65536", ""},
      {"io", "iouring", ""},
      {"io", "", ""},
      {"eviction", "fifo", ""},
      {"eviction", "", ""},
      {"bloom", "yes", ""},
      {"bloom", "", ""},
      {"drain-timeout-ms", "600001", ""},
      {"drain-timeout-ms", "2s", ""},
      {"auth-file", "", ""},
      {"enable-sasl", "maybe", ""},
  };
  for (const Case& c : cases) {
    const Option* const option = FindOption(c.name);
    ASSERT_NE(option, nullptr) << c.name;
    Settings settings;
    EXPECT_FALSE(option->set(c.text, settings)) << c.name << "=" << c.text;
    EXPECT_EQ(option->get(settings), option->get(Settings{})) << c.name << "=" << c.text;
  }
}

TEST(OptionsTest, EveryDefaultIsARightValue) {
  for (const Option& option : Options()) {
    Settings settings;
    // No users are not a file without a name, and no socket is not one without a path.
    if (option.name == "auth-file" || option.name == "unix-socket") continue;
    EXPECT_TRUE(option.set(option.get(settings), settings)) << option.name;
    EXPECT_EQ(option.get(settings), option.get(Settings{})) << option.name;
  }
}

TEST(OptionsTest, NamesAreUsedOnce) {
  std::set<std::string_view> names;
  for (const Option& option : Options()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    if (option.letter.empty()) continue;
    EXPECT_EQ(option.letter.size(), 1u) << option.name;
    EXPECT_TRUE(names.insert(option.letter).second) << option.letter;
  }
}

TEST(OptionsTest, UnderscoresAreDashes) {
  EXPECT_EQ(FindOption("drain_timeout_ms"), FindOption("drain-timeout-ms"));
  EXPECT_NE(FindOption("drain_timeout_ms"), nullptr);
  EXPECT_EQ(FindOption("drain"), nullptr);
  EXPECT_EQ(FindOption("p"), nullptr);
}

TEST(OptionsTest, AnItemMayTakeHalfOfTheMemory) {
  Settings settings;
  settings.max_item_bytes = settings.memory_limit_bytes / 2;
  EXPECT_EQ(CheckSettings(settings), "");
  ++settings.max_item_bytes;
  EXPECT_EQ(CheckSettings(settings), "-I 33554433: expected at most half of -m 64");
}

}  // namespace
}  // namespace ringcached::server
