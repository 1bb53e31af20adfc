// The server's address.

#ifndef RINGCACHED_BENCH_LOAD_ENDPOINT_H_
#define RINGCACHED_BENCH_LOAD_ENDPOINT_H_

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "server/io/descriptor.h"

namespace ringcached::load {

class Endpoint {
 public:
  // The first address of `host`, a name or an address of IPv4 or IPv6.
  static absl::StatusOr<Endpoint> Resolve(const std::string& host, uint16_t port);

  // A connected, non-blocking socket that sends small requests at once. Waits up to `timeout_s`.
  absl::StatusOr<server::UniqueFd> Connect(uint32_t timeout_s) const;

 private:
  Endpoint() = default;

  sockaddr_storage address_{};
  socklen_t address_bytes_ = 0;
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_ENDPOINT_H_
