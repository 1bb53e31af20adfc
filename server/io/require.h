// The rules of use of ring.h, enforced in every build: a broken one means that bytes may go to the
// wrong connection, so the process stops instead.

#ifndef RINGCACHED_SERVER_IO_REQUIRE_H_
#define RINGCACHED_SERVER_IO_REQUIRE_H_

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ringcached::server {

[[noreturn]] inline void AbortRing(const char* what) {
  std::fprintf(stderr, "ringcached: ring: %s\n", what);
  std::abort();
}

[[noreturn]] inline void AbortRing(const char* what, int error_number) {
  std::fprintf(stderr, "ringcached: ring: %s: %s\n", what, std::strerror(error_number));
  std::abort();
}

inline void Require(bool kept, const char* rule) {
  if (!kept) [[unlikely]] {
    AbortRing(rule);
  }
}

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_REQUIRE_H_
