// What the daemon says it is.

#ifndef RINGCACHED_SERVER_VERSION_H_
#define RINGCACHED_SERVER_VERSION_H_

#include <ringcached_version.h>

#include <string_view>

namespace ringcached::server {

inline constexpr std::string_view kVersion = RINGCACHED_VERSION;

// Answers the version command and `stats`. Clients compare its first number with memcached's
// releases to decide what they may send.
inline constexpr std::string_view kProtocolVersion = "1.6.45-ringcached-" RINGCACHED_VERSION;

// Printed by -V. Installers look for "memcached <version>" in it.
inline constexpr std::string_view kVersionLine =
    "ringcached " RINGCACHED_VERSION " (memcached 1.6.45 compatible, commit " RINGCACHED_COMMIT ")";

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_VERSION_H_
