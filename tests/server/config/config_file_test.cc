#include "server/config/config_file.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/server/config/temp_file.h"

namespace ringcached::server {
namespace {

// "name=value" for each setting of a file with `text`.
std::vector<std::string> Read(const std::string& text) {
  const TempFile file(text);
  const absl::StatusOr<std::vector<ConfigLine>> lines = ReadConfigFile(file.path());
  EXPECT_TRUE(lines.ok()) << lines.status();
  std::vector<std::string> settings;
  for (const ConfigLine& line : lines.value_or(std::vector<ConfigLine>())) {
    settings.push_back(line.name + "=" + line.value);
  }
  return settings;
}

using Strings = std::vector<std::string>;

TEST(ConfigFileTest, ReadsNamesAndValuesInOrder) {
  EXPECT_EQ(Read("threads=2\n\n  io = epoll  \nthreads=3"),
            Strings({"threads=2", "io=epoll", "threads=3"}));
}

TEST(ConfigFileTest, SkipsComments) {
  EXPECT_EQ(Read("# threads=1\n#threads=1\nthreads=2 # two\n"), Strings({"threads=2"}));
  EXPECT_EQ(Read(""), Strings());
}

TEST(ConfigFileTest, LeavesListsAndBracketsAlone) {
  EXPECT_EQ(Read("listen=[::1]:11311,127.0.0.1\nport=1\nlisten=[::1]\n"),
            Strings({"listen=[::1]:11311,127.0.0.1", "port=1", "listen=[::1]"}));
}

TEST(ConfigFileTest, TakesQuotesOff) {
  EXPECT_EQ(Read("user=\"cache\"\n"), Strings({"user=cache"}));
}

TEST(ConfigFileTest, TakesEmptyValuesAndBareNames) {
  EXPECT_EQ(Read("user=\ndisable-evictions\n"), Strings({"user=", "disable-evictions=true"}));
}

TEST(ConfigFileTest, RefusesSections) {
  const TempFile file("[server]\nthreads=2\n");
  const absl::Status status = ReadConfigFile(file.path()).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_NE(status.message().find(file.path()), absl::string_view::npos) << status;
  EXPECT_NE(status.message().find("[server]"), absl::string_view::npos) << status;
}

TEST(ConfigFileTest, RefusesDottedNames) {
  const TempFile file("server.threads=2\n");
  EXPECT_TRUE(absl::IsInvalidArgument(ReadConfigFile(file.path()).status()));
}

TEST(ConfigFileTest, RefusesWhatCannotBeRead) {
  for (const std::string& path : {std::string("/nonexistent/ringcached.conf"), std::string("/")}) {
    const absl::Status status = ReadConfigFile(path).status();
    EXPECT_TRUE(absl::IsNotFound(status)) << path << ": " << status;
  }
}

}  // namespace
}  // namespace ringcached::server
