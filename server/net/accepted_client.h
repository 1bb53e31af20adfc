// A client on its way from the acceptor to its reactor.

#ifndef RINGCACHED_SERVER_NET_ACCEPTED_CLIENT_H_
#define RINGCACHED_SERVER_NET_ACCEPTED_CLIENT_H_

#include <cstdint>

#include "server/io/descriptor.h"

namespace ringcached::server {

struct AcceptedClient {
  UniqueFd socket;
  uint32_t listener = 0;  // that it came in by
  uint64_t number = 0;    // its name in `stats conns` and in watchers' lines; never used again
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_ACCEPTED_CLIENT_H_
