// An address to listen on, as -l takes it.

#ifndef RINGCACHED_SERVER_NET_LISTEN_ADDRESS_H_
#define RINGCACHED_SERVER_NET_LISTEN_ADDRESS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/session.h"

namespace ringcached::server {

struct ListenAddress {
  std::string host;              // an IPv4 or IPv6 address without brackets, a host name, or "*"
  std::optional<uint16_t> port;  // none: that of -p
  // None: that of -B.
  std::optional<protocol::SpokenDialects> dialects;
  std::string tag;  // what operators call it; shown in `stats conns`
};

// Longest tag; memcached's.
inline constexpr size_t kMaxTagBytes = 8;

// "host", "host:port", "[v6]", "[v6]:port", or a bare IPv6 address; in front of it, in this order,
// "proto[ascii]:" (or binary or negotiating) and "tag[name]:" or "tag_name_:". Whether
// the host exists is not looked at.
std::optional<ListenAddress> ParseListenAddress(std::string_view text);

// What -B and proto[] call "ascii", "binary", and "auto" or "negotiating".
std::optional<protocol::SpokenDialects> DialectsOf(std::string_view name);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_LISTEN_ADDRESS_H_
