// An address to listen on, as -l takes it.

#ifndef RINGCACHED_SERVER_NET_LISTEN_ADDRESS_H_
#define RINGCACHED_SERVER_NET_LISTEN_ADDRESS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringcached::server {

struct ListenAddress {
  std::string host;              // an IPv4 or IPv6 address without brackets, a host name, or "*"
  std::optional<uint16_t> port;  // none: that of -p
};

// "host", "host:port", "[v6]", "[v6]:port", or a bare IPv6 address. Whether the host exists is not
// looked at.
std::optional<ListenAddress> ParseListenAddress(std::string_view text);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_LISTEN_ADDRESS_H_
