// Where the acceptor sends a new client: a reactor, seen from outside.

#ifndef RINGCACHED_SERVER_NET_DESCRIPTOR_TARGET_H_
#define RINGCACHED_SERVER_NET_DESCRIPTOR_TARGET_H_

#include <cstdint>

#include "server/net/accepted_client.h"

namespace ringcached::server {

class DescriptorTarget {
 public:
  // Takes over a client; from any thread. It has been admitted.
  virtual void HandOver(AcceptedClient client) = 0;
  // Clients it has or is about to have; from any thread.
  virtual uint32_t load() const = 0;

 protected:
  ~DescriptorTarget() = default;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_DESCRIPTOR_TARGET_H_
