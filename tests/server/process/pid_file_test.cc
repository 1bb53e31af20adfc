#include "server/process/pid_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

namespace ringcached::server {
namespace {

class PidFileTest : public testing::Test {
 protected:
  void TearDown() override { unlink(path_.c_str()); }
  bool Exists() const { return access(path_.c_str(), F_OK) == 0; }
  std::string Text() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }

  const std::string path_ = testing::TempDir() + "/ringcached.pid." + std::to_string(getpid());
};

TEST_F(PidFileTest, HasTheProcessIdAsLongAsItIsThere) {
  {
    const absl::StatusOr<PidFile> file = PidFile::Write(path_);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(Text(), std::to_string(getpid()) + "\n");
  }
  EXPECT_FALSE(Exists());
}

TEST_F(PidFileTest, ReplacesWhatWasThere) {
  std::ofstream(path_) << "a much longer text that was there before\n";
  const absl::StatusOr<PidFile> file = PidFile::Write(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(Text(), std::to_string(getpid()) + "\n");
}

TEST_F(PidFileTest, LeavesWhatAnotherServerHasWritten) {
  {
    const absl::StatusOr<PidFile> file = PidFile::Write(path_);
    ASSERT_TRUE(file.ok()) << file.status();
    std::ofstream(path_, std::ios::trunc) << getpid() + 1 << '\n';
  }
  EXPECT_TRUE(Exists());
}

// One of them removes the file, once.
TEST_F(PidFileTest, MayBeMoved) {
  std::optional<PidFile> moved;
  {
    absl::StatusOr<PidFile> file = PidFile::Write(path_);
    ASSERT_TRUE(file.ok()) << file.status();
    moved.emplace(*std::move(file));
  }
  EXPECT_TRUE(Exists());
  moved.reset();
  EXPECT_FALSE(Exists());
}

TEST_F(PidFileTest, SaysWhichFileCannotBeWritten) {
  const absl::Status status = PidFile::Write("/nonexistent/pid").status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_NE(status.message().find("/nonexistent/pid: No such file"), absl::string_view::npos)
      << status;
  // A full disk: opening it works, and writing does not.
  ASSERT_EQ(symlink("/dev/full", path_.c_str()), 0);
  EXPECT_TRUE(absl::IsUnavailable(PidFile::Write(path_).status()));
}

}  // namespace
}  // namespace ringcached::server
