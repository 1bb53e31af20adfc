#include "server/config/extended_options.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "server/config/options.h"

namespace ringcached::server {
namespace {

TEST(ExtendedOptionsTest, SplitsNamesFromValues) {
  const std::vector<ExtendedOption> options = SplitExtendedOptions("modern, io = epoll ,a=b=c,");
  ASSERT_EQ(options.size(), 3u);
  EXPECT_EQ(options[0].name, "modern");
  EXPECT_EQ(options[0].value, "");
  EXPECT_EQ(options[0].text, "modern");
  EXPECT_EQ(options[1].name, "io");
  EXPECT_EQ(options[1].value, "epoll");
  EXPECT_EQ(options[2].name, "a");
  EXPECT_EQ(options[2].value, "b=c");
}

TEST(ExtendedOptionsTest, NothingIsNoOption) { EXPECT_TRUE(SplitExtendedOptions("").empty()); }

TEST(ExtendedOptionsTest, IgnoresWhatTunesMemcachedsEngine) {
  for (const std::string_view name : {"modern", "track_sizes", "slab_automove", "no_lru_crawler"}) {
    EXPECT_TRUE(IsIgnoredExtendedOption(name)) << name;
  }
}

TEST(ExtendedOptionsTest, DoesNotIgnoreWhatSomebodyReliesOn) {
  for (const std::string_view name : {"idle_timeout", "ext_path", "ssl_key", "io", ""}) {
    EXPECT_FALSE(IsIgnoredExtendedOption(name)) << name;
  }
}

TEST(ExtendedOptionsTest, NoSettingOfOursIsIgnored) {
  for (const Option& option : Options()) EXPECT_FALSE(IsIgnoredExtendedOption(option.name));
}

}  // namespace
}  // namespace ringcached::server
