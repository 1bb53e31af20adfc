#include "server/process/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ringcached::server {
namespace {

constexpr uid_t kRoot = 0;

absl::Status Failed(const User& user, const char* step) {
  return absl::PermissionDeniedError("can't become user " + user.name + ": " + step + ": " +
                                     std::strerror(errno));
}

}  // namespace

absl::StatusOr<std::optional<User>> UserToBecome(const std::string& name, uid_t uid) {
  if (uid != kRoot) return std::nullopt;
  if (name.empty()) {
    return absl::FailedPreconditionError("can't run as root without -u USER, the user to become");
  }
  const passwd* const entry = getpwnam(name.c_str());
  if (entry == nullptr) {
    return absl::NotFoundError("can't find the user " + name + " to switch to");
  }
  if (entry->pw_uid == kRoot) return std::nullopt;
  return User{name, entry->pw_uid, entry->pw_gid};
}

absl::Status BecomeUser(const User& user) {
  // Groups first: without root they could not be given up any more.
  if (initgroups(user.name.c_str(), user.gid) != 0) return Failed(user, "initgroups");
  if (setgid(user.gid) != 0) return Failed(user, "setgid");
  if (setuid(user.uid) != 0) return Failed(user, "setuid");
  return absl::OkStatus();
}

}  // namespace ringcached::server
