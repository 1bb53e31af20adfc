#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "server/net/unix_listener.h"
#include "tests/server/net/test_client.h"

namespace ringcached::server {
namespace {

class UnixListenerTest : public testing::Test {
 protected:
  void TearDown() override { unlink(path_.c_str()); }
  absl::StatusOr<Listener> Bind() const { return BindUnixListener(path_, 0700, /*backlog=*/5); }

  const std::string path_ = testing::TempDir() + "/rc.unix." + std::to_string(getpid());
};

TEST_F(UnixListenerTest, ListensAndKnowsWhere) {
  const auto listener = Bind();
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_TRUE(listener->address.unix_socket);
  EXPECT_EQ(listener->address.text, path_);
  EXPECT_EQ(listener->address.port, 0);
  const TestClient client(path_);
}

// Whatever the process's own mask is, which stays as it was.
TEST_F(UnixListenerTest, TheFileHasTheModeAskedFor) {
  for (const mode_t own_mask : {0022U, 0777U, 0U}) {
    const mode_t before = umask(own_mask);
    for (const uint32_t mode : {0700U, 0770U, 0777U, 0600U, 0U}) {
      const auto listener = BindUnixListener(path_, mode, 5);
      ASSERT_TRUE(listener.ok()) << listener.status();
      struct stat file {};
      ASSERT_EQ(lstat(path_.c_str(), &file), 0);
      EXPECT_TRUE(S_ISSOCK(file.st_mode));
      EXPECT_EQ(file.st_mode & 0777U, mode);
    }
    EXPECT_EQ(umask(before), own_mask);
  }
}

TEST_F(UnixListenerTest, ASocketThatWasLeftBehindIsReplaced) {
  {
    const auto killed = Bind();
    ASSERT_TRUE(killed.ok()) << killed.status();
  }
  ASSERT_TRUE(std::filesystem::exists(path_));
  const auto listener = Bind();
  ASSERT_TRUE(listener.ok()) << listener.status();
  const TestClient client(path_);
}

TEST_F(UnixListenerTest, AnythingElseIsLeftAsItIs) {
  std::ofstream(path_) << "precious";
  const absl::Status status = Bind().status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_NE(status.message().find(path_), absl::string_view::npos) << status;
  std::ostringstream text;
  text << std::ifstream(path_).rdbuf();
  EXPECT_EQ(text.str(), "precious");
}

// What a link points to is not touched either.
TEST_F(UnixListenerTest, ALinkToASocketIsLeftAsItIs) {
  const std::string target = path_ + ".target";
  const auto other = BindUnixListener(target, 0700, 5);
  ASSERT_TRUE(other.ok()) << other.status();
  ASSERT_EQ(symlink(target.c_str(), path_.c_str()), 0);
  EXPECT_TRUE(absl::IsUnavailable(Bind().status()));
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  EXPECT_TRUE(std::filesystem::is_socket(target));
  unlink(target.c_str());
}

TEST_F(UnixListenerTest, APathHasToFitIntoAnAddress) {
  constexpr size_t kMost = sizeof(sockaddr_un::sun_path) - 1;
  std::string longest = path_;
  longest.append(kMost - longest.size(), 'x');
  {
    const auto listener = BindUnixListener(longest, 0700, 5);
    ASSERT_TRUE(listener.ok()) << listener.status();
    EXPECT_EQ(listener->address.text, longest);
  }
  unlink(longest.c_str());
  EXPECT_TRUE(absl::IsInvalidArgument(BindUnixListener(longest + "x", 0700, 5).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(BindUnixListener("", 0700, 5).status()));
  EXPECT_FALSE(std::filesystem::exists(longest));
}

TEST_F(UnixListenerTest, AFolderThatIsNotThereIsSaid) {
  const absl::Status status = BindUnixListener("/nonexistent/socket", 0700, 5).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_NE(status.message().find("/nonexistent/socket: No such file"), absl::string_view::npos)
      << status;
}

}  // namespace
}  // namespace ringcached::server
