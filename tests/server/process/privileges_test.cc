#include "server/process/privileges.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "tests/server/process/child_process.h"

namespace ringcached::server {
namespace {

constexpr uid_t kRoot = 0;
constexpr uid_t kSomebody = 1000;

TEST(PrivilegesTest, OnlyRootBecomesSomebodyElse) {
  for (const std::string name : {"", "nobody", "no-such-user", "11211"}) {
    const absl::StatusOr<std::optional<User>> user = UserToBecome(name, kSomebody);
    ASSERT_TRUE(user.ok()) << name << ": " << user.status();
    EXPECT_FALSE(user->has_value()) << name;
  }
}

TEST(PrivilegesTest, RootMustNameAUser) {
  const absl::Status status = UserToBecome("", kRoot).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(status.message(), "can't run as root without -u USER, the user to become");
}

TEST(PrivilegesTest, RootMayStayRoot) {
  const absl::StatusOr<std::optional<User>> user = UserToBecome("root", kRoot);
  ASSERT_TRUE(user.ok()) << user.status();
  EXPECT_FALSE(user->has_value());
}

TEST(PrivilegesTest, TheUserMustExist) {
  const absl::Status status = UserToBecome("no-such-user", kRoot).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_EQ(status.message(), "can't find the user no-such-user to switch to");
}

TEST(PrivilegesTest, FindsTheUser) {
  const absl::StatusOr<std::optional<User>> user = UserToBecome("nobody", kRoot);
  ASSERT_TRUE(user.ok()) << user.status();
  ASSERT_TRUE(user->has_value());
  EXPECT_EQ((*user)->name, "nobody");
  EXPECT_NE((*user)->uid, kRoot);
}

// Whoever runs the tests: root loses everything, others are not allowed to change at all.
TEST(PrivilegesTest, BecomingAUserIsForGood) {
  const User nobody = **UserToBecome("nobody", kRoot);
  const int result = RunInChild([&nobody] {
    const bool was_root = geteuid() == kRoot;
    const absl::Status status = BecomeUser(nobody);
    if (!was_root) return absl::IsPermissionDenied(status) ? 0 : 1;
    if (!status.ok() || getuid() != nobody.uid || getgid() != nobody.gid) return 2;
    gid_t group = kRoot;
    if (getgroups(1, &group) == 1 && group != nobody.gid) return 3;
    return setuid(kRoot) != 0 ? 0 : 4;
  });
  EXPECT_EQ(result, 0);
}

}  // namespace
}  // namespace ringcached::server
