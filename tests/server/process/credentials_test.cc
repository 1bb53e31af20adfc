#include "server/process/credentials.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>

namespace ringcached::server {
namespace {

std::string ErrorOf(std::string_view text) {
  const auto credentials = Credentials::Parse(text);
  return credentials.ok() ? "none" : std::string(credentials.status().message());
}

TEST(Credentials, KnowsTheUsersOfTheText) {
  const auto credentials = Credentials::Parse("ann:secret\nbob:other:one\r\nempty:\nlast:line");
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_EQ((*credentials)->size(), 4u);
  EXPECT_TRUE((*credentials)->Know("ann", "secret"));
  EXPECT_TRUE((*credentials)->Know("bob", "other:one"));
  EXPECT_TRUE((*credentials)->Know("empty", ""));
  EXPECT_TRUE((*credentials)->Know("last", "line"));
}

TEST(Credentials, KnowsNobodyElse) {
  const auto credentials = Credentials::Parse("ann:secret\nbob:other\n");
  ASSERT_TRUE(credentials.ok());
  for (const auto& [user, password] : std::initializer_list<std::pair<std::string, std::string>>{
           {"ann", "other"},
           {"ann", "secre"},
           {"ann", "secret "},
           {"ann", std::string("secret\0", 7)},
           {"an", "secret"},
           {"ann\r", "secret"},
           {"", ""},
           {"ann", ""},
           {"", "secret"},
           {"annsecret", ""},
           {std::string(1000, 'a'), "secret"},
           {"ann", std::string(1000, 's')}}) {
    EXPECT_FALSE((*credentials)->Know(user, password)) << user << ":" << password;
  }
}

TEST(Credentials, ComparesWordsOfTheGreatestLength) {
  const std::string password(kMaxUserLineBytes - 2, 'p');
  const auto credentials = Credentials::Parse("u:" + password);
  ASSERT_TRUE(credentials.ok());
  EXPECT_TRUE((*credentials)->Know("u", password));
  EXPECT_FALSE((*credentials)->Know("u", password + "p"));
  EXPECT_FALSE((*credentials)->Know("u", password + std::string(600, 'p')));
  std::string wrong = password;
  wrong.back() = 'q';
  EXPECT_FALSE((*credentials)->Know("u", wrong));
}

TEST(Credentials, SaysWhichLineIsWrong) {
  EXPECT_EQ(ErrorOf(""), "line 1: expected user:password");
  EXPECT_EQ(ErrorOf("\n"), "line 1: expected user:password");
  EXPECT_EQ(ErrorOf("ann:x\nbob\n"), "line 2: expected user:password");
  EXPECT_EQ(ErrorOf("ann:x\n\nbob:y\n"), "line 2: expected user:password");
  EXPECT_EQ(ErrorOf(":x\n"), "line 1: expected user:password");
  EXPECT_EQ(ErrorOf("u:" + std::string(kMaxUserLineBytes - 1, 'p')),
            "line 1: expected at most 256 bytes");
  std::string users;
  for (size_t i = 0; i < kMaxUsers; ++i) users += "u" + std::to_string(i) + ":p\n";
  EXPECT_EQ(ErrorOf(users), "none");
  EXPECT_EQ(ErrorOf(users + "one:more\n"), "line 9: expected at most 8 users");
}

class CredentialFileTest : public testing::Test {
 protected:
  ~CredentialFileTest() override { unlink(path_.c_str()); }
  void Write(const std::string& text) const { std::ofstream(path_) << text; }

  const std::string path_ = testing::TempDir() + "/users-" + std::to_string(getpid());
};

TEST_F(CredentialFileTest, KnowsNobodyBeforeItIsRead) {
  CredentialFile file(path_);
  EXPECT_FALSE(file.Know("ann", "secret"));
  EXPECT_NE(std::string(file.Load().message()).find(path_ + ": cannot be read: "),
            std::string::npos);
}

TEST_F(CredentialFileTest, AFileThatIsReadAnewReplacesTheUsersIfItIsRight) {
  Write("ann:secret\n");
  CredentialFile file(path_);
  ASSERT_TRUE(file.Load().ok());
  EXPECT_TRUE(file.Know("ann", "secret"));
  Write("bob:other\n");
  EXPECT_FALSE(file.Know("bob", "other"));
  ASSERT_TRUE(file.Load().ok());
  EXPECT_TRUE(file.Know("bob", "other"));
  EXPECT_FALSE(file.Know("ann", "secret"));
  Write("broken\n");
  EXPECT_EQ(std::string(file.Load().message()), path_ + ", line 1: expected user:password");
  EXPECT_TRUE(file.Know("bob", "other"));
}

TEST_F(CredentialFileTest, AFileThatIsFarTooLongIsRefused) {
  Write("ann:secret\n" + std::string(1 << 20, 'x'));
  EXPECT_FALSE(CredentialFile(path_).Load().ok());
}

TEST_F(CredentialFileTest, WarnsOfAFileThatOthersCanRead) {
  Write("ann:secret\n");
  CredentialFile file(path_);
  chmod(path_.c_str(), 0600);
  EXPECT_EQ(file.Warning(), "");
  chmod(path_.c_str(), 0644);
  EXPECT_NE(file.Warning(), "");
}

TEST_F(CredentialFileTest, AnswersWhileItIsReplaced) {
  Write("ann:secret\n");
  CredentialFile file(path_);
  ASSERT_TRUE(file.Load().ok());
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) EXPECT_TRUE(file.Know("ann", "secret"));
  });
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(file.Load().ok());
  stop = true;
  reader.join();
}

}  // namespace
}  // namespace ringcached::server
