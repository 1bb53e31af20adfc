#include "server/net/listen_address.h"

#include "protocol/numbers.h"

namespace ringcached::server {
namespace {

constexpr uint64_t kMaxPort = 65535;

struct Split {
  std::string_view host;
  std::optional<std::string_view> port;
};

std::optional<Split> SplitBracketed(std::string_view text) {
  const size_t bracket = text.find(']');
  if (bracket == std::string_view::npos) return std::nullopt;
  const std::string_view host = text.substr(1, bracket - 1);
  const std::string_view rest = text.substr(bracket + 1);
  if (rest.empty()) return Split{host, std::nullopt};
  if (rest.front() != ':') return std::nullopt;
  return Split{host, rest.substr(1)};
}

std::optional<Split> SplitHostAndPort(std::string_view text) {
  if (text.starts_with('[')) return SplitBracketed(text);
  const size_t colon = text.find(':');
  // More than one colon: an IPv6 address.
  if (colon == std::string_view::npos || text.rfind(':') != colon) {
    return Split{text, std::nullopt};
  }
  return Split{text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

std::optional<ListenAddress> ParseListenAddress(std::string_view text) {
  const std::optional<Split> split = SplitHostAndPort(text);
  if (!split || split->host.empty() || split->host.find_first_of(" \t/[]") != std::string::npos) {
    return std::nullopt;
  }
  ListenAddress address{std::string(split->host), std::nullopt};
  if (split->port) {
    const std::optional<uint64_t> port = protocol::ParseUnsigned(*split->port);
    if (!port || *port > kMaxPort) return std::nullopt;
    address.port = static_cast<uint16_t>(*port);
  }
  return address;
}

}  // namespace ringcached::server
