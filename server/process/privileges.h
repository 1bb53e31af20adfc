// Giving up root once what needs it is done.

#ifndef RINGCACHED_SERVER_PROCESS_PRIVILEGES_H_
#define RINGCACHED_SERVER_PROCESS_PRIVILEGES_H_

#include <sys/types.h>

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringcached::server {

struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
};

// Whom the process, running as `uid`, becomes for `-u name`. Nobody, if it is not root, whatever
// the name, or is to stay root. FailedPrecondition if root names no user, so that nobody serves the
// network as root by accident; NotFound if there is no such user.
absl::StatusOr<std::optional<User>> UserToBecome(const std::string& name, uid_t uid);

// Takes on the user's ids and groups, for good. REQUIRES: root, no other threads.
absl::Status BecomeUser(const User& user);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_PRIVILEGES_H_
