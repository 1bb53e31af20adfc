// config/ringcached.conf names exactly the settings there are, each with its default.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "server/config/config_file.h"
#include "server/config/options.h"
#include "tests/server/config/temp_file.h"

namespace ringcached::server {
namespace {

std::string SampleText() {
  std::ifstream file(RINGCACHED_SAMPLE_CONFIG);
  EXPECT_TRUE(file) << RINGCACHED_SAMPLE_CONFIG;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The file with every setting in force: prose has a blank behind the '#', settings have none.
std::string Uncommented() {
  return std::regex_replace(SampleText(), std::regex("(^|\n)#(?=[a-z])"), "$1");
}

TEST(SampleConfigTest, SetsNothingAsItIs) {
  const absl::StatusOr<std::vector<ConfigLine>> lines = ReadConfigFile(RINGCACHED_SAMPLE_CONFIG);
  ASSERT_TRUE(lines.ok()) << lines.status();
  EXPECT_TRUE(lines->empty());
}

TEST(SampleConfigTest, NamesEverySettingWithItsDefault) {
  const TempFile file(Uncommented());
  const absl::StatusOr<std::vector<ConfigLine>> lines = ReadConfigFile(file.path());
  ASSERT_TRUE(lines.ok()) << lines.status();
  std::map<std::string, std::string> in_file;
  for (const ConfigLine& line : *lines) {
    EXPECT_TRUE(in_file.emplace(line.name, line.value).second) << line.name << " comes twice";
  }
  std::map<std::string, std::string> built_in;
  for (const Option& option : Options()) built_in.emplace(option.name, option.get(Settings{}));
  EXPECT_EQ(in_file, built_in);
}

}  // namespace
}  // namespace ringcached::server
