#include "server/config/foreign_options.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "server/config/options.h"

namespace ringcached::server {
namespace {

TEST(ForeignOptionsTest, SplitsNamesFromValues) {
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

TEST(ForeignOptionsTest, NothingIsNoOption) { EXPECT_TRUE(SplitExtendedOptions("").empty()); }

TEST(ForeignOptionsTest, IgnoresWhatTunesMemcachedsEngine) {
  for (const std::string_view name :
       {"modern", "track_sizes", "slab_automove", "no_lru_maintainer"}) {
    EXPECT_TRUE(IsIgnoredExtendedOption(name)) << name;
  }
}

TEST(ForeignOptionsTest, DoesNotIgnoreWhatSomebodyReliesOn) {
  for (const std::string_view name : {"idle_timeout", "ext_path", "ssl_key", "io", ""}) {
    EXPECT_FALSE(IsIgnoredExtendedOption(name)) << name;
  }
}

TEST(ForeignOptionsTest, SaysWhyANameIsRefused) {
  for (const std::string_view name : {"ext_path", "proxy_config", "ssl_key", "drop_privileges"}) {
    EXPECT_FALSE(RefusalOfExtendedOption(name).empty()) << name;
  }
  for (const std::string_view name : {"modern", "no_drop_privileges", "io", "bogus"}) {
    EXPECT_TRUE(RefusalOfExtendedOption(name).empty()) << name;
  }
}

TEST(ForeignOptionsTest, NoLetterOrNameIsASettingToo) {
  for (const ForeignOption& foreign : ForeignOptions()) {
    EXPECT_EQ(FindOption(foreign.name), nullptr) << foreign.name;
    for (const Option& option : Options()) EXPECT_NE(option.letter, foreign.letter);
  }
}

TEST(ForeignOptionsTest, NoSettingOfOursIsIgnored) {
  for (const Option& option : Options()) EXPECT_FALSE(IsIgnoredExtendedOption(option.name));
}

}  // namespace
}  // namespace ringcached::server
