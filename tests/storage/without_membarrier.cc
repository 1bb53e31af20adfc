// What the tests beside this are in a process that may not ask for barriers, as under some
// container profiles: refused before anybody could ask.

#include <sys/syscall.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "tests/system_call_refusal.h"

namespace ringcached::storage {
namespace {

[[maybe_unused]] const bool is_refused = [] {
  if (RefuseSystemCall(SYS_membarrier, EPERM)) return true;
  std::perror("seccomp");
  std::abort();
}();

}  // namespace
}  // namespace ringcached::storage
