// The server's address.

#ifndef RINGCACHED_BENCH_LOAD_ENDPOINT_H_
#define RINGCACHED_BENCH_LOAD_ENDPOINT_H_

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "server/io/descriptor.h"

namespace ringcached::load {

class Endpoint {
 public:
  // The first address of `host`, a name or an address of IPv4 or IPv6.
  static absl::StatusOr<Endpoint> Resolve(const std::string& host, uint16_t port);

  // Connections to a loopback address that come from one of ours: fewer than there are ports.
  static constexpr size_t kConnectionsPerAddress = 20'000;

  // A connected, non-blocking socket that sends small requests at once. Waits up to `timeout_s`.
  // `place` counts a client's connections from 0: those to 127.x.x.x come from 127.0.0.1, then from
  // 127.0.0.2 and so on, since ports run out. REQUIRES: place < 254 * kConnectionsPerAddress.
  absl::StatusOr<server::UniqueFd> Connect(uint32_t timeout_s, size_t place = 0) const;

 private:
  Endpoint() = default;
  bool BindToSource(int fd, size_t place) const;

  sockaddr_storage address_{};
  socklen_t address_bytes_ = 0;
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_ENDPOINT_H_
