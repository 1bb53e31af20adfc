// Loads the admin module. The only file that knows where it lies.

#ifndef RINGCACHED_SERVER_ADMIN_MODULE_LOADER_H_
#define RINGCACHED_SERVER_ADMIN_MODULE_LOADER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/admin/admin_port.h"

namespace ringcached::server {

// Listens at `address`, "host:port" as settings have it. The module is looked for beside the
// program, as it is built, and in ../lib/ringcached, as it is installed. FailedPrecondition: there
// is none, it is of another build, or a library of its is missing; Unavailable: it can't listen.
absl::StatusOr<std::unique_ptr<AdminPort>> LoadAdminPort(const std::string& address);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_MODULE_LOADER_H_
