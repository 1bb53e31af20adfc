#include "server/net/listen_address.h"

#include <algorithm>

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

// "ascii" of "proto[ascii]:..." for the name "proto"; takes it and its colon off the text.
std::optional<std::string_view> TakeBracketed(std::string_view name, char open, char close,
                                              std::string_view* text) {
  if (!text->starts_with(name) || text->size() <= name.size() || (*text)[name.size()] != open) {
    return std::nullopt;
  }
  const size_t begin = name.size() + 1;
  const size_t end = text->find(close, begin);
  if (end == std::string_view::npos || text->substr(end + 1, 1) != ":") return std::nullopt;
  const std::string_view inside = text->substr(begin, end - begin);
  text->remove_prefix(end + 2);
  return inside;
}

// Takes what stands in front of the host off the text; false if it makes no sense.
bool TakePrefixes(std::string_view* text, ListenAddress* address) {
  if (const auto protocol = TakeBracketed("proto", '[', ']', text); protocol) {
    address->dialects = DialectsOf(*protocol);
    if (!address->dialects) return false;
  }
  auto tag = TakeBracketed("tag", '[', ']', text);
  if (!tag) tag = TakeBracketed("tag", '_', '_', text);
  if (!tag) return true;
  address->tag = *tag;
  const bool in_line =
      std::all_of(tag->begin(), tag->end(), [](char c) { return c > ' ' && c <= '~'; });
  return in_line && !tag->empty() && tag->size() <= kMaxTagBytes;
}

}  // namespace

std::optional<protocol::SpokenDialects> DialectsOf(std::string_view name) {
  using protocol::SpokenDialects;
  if (name == "ascii") return SpokenDialects::kText;
  if (name == "binary") return SpokenDialects::kBinary;
  if (name == "auto" || name == "negotiating") return SpokenDialects::kAll;
  return std::nullopt;
}

std::optional<ListenAddress> ParseListenAddress(std::string_view text) {
  ListenAddress address;
  if (!TakePrefixes(&text, &address)) return std::nullopt;
  const std::optional<Split> split = SplitHostAndPort(text);
  if (!split || split->host.empty() || split->host.find_first_of(" \t/[]") != std::string::npos) {
    return std::nullopt;
  }
  address.host = split->host;
  if (split->port) {
    const std::optional<uint64_t> port = protocol::ParseUnsigned(*split->port);
    if (!port || *port > kMaxPort) return std::nullopt;
    address.port = static_cast<uint16_t>(*port);
  }
  return address;
}

}  // namespace ringcached::server
