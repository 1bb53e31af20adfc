// The control groups that this process is in.

#ifndef RINGCACHED_SERVER_PROCESS_CONTROL_GROUPS_H_
#define RINGCACHED_SERVER_PROCESS_CONTROL_GROUPS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"

namespace ringcached::server {

enum class CgroupVersion : uint8_t { k1, k2 };

// Calls `visit` with the folder, below `root`, of each group in which `controller` ("memory",
// "cpu") may limit us, in both versions of control groups: ours and those above it, whose limits
// bind us too. `root` is "" but in tests. Folders need not be there.
void VisitControlGroups(
    const std::string& root, std::string_view controller,
    absl::FunctionRef<void(CgroupVersion version, const std::string& folder)> visit);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_CONTROL_GROUPS_H_
