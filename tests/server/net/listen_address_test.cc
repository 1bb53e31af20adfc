#include "server/net/listen_address.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace ringcached::server {
namespace {

struct Case {
  std::string_view text;
  std::string_view host;
  std::optional<uint16_t> port;
};

TEST(ListenAddressTest, TakesHostsWithAndWithoutPorts) {
  const Case cases[] = {
      {"127.0.0.1", "127.0.0.1", std::nullopt},
      {"127.0.0.1:0", "127.0.0.1", 0},
      {"localhost:65535", "localhost", 65535},
      {"*", "*", std::nullopt},
      {"::1", "::1", std::nullopt},
      {"fe80::1%eth0", "fe80::1%eth0", std::nullopt},
      {"[::1]", "::1", std::nullopt},
      {"[::]:11311", "::", 11311},
  };
  for (const Case& c : cases) {
    const std::optional<ListenAddress> address = ParseListenAddress(c.text);
    ASSERT_TRUE(address.has_value()) << c.text;
    EXPECT_EQ(address->host, c.host) << c.text;
    EXPECT_EQ(address->port, c.port) << c.text;
  }
}

TEST(ListenAddressTest, RefusesWhatIsNone) {
  for (const std::string_view text : {"", ":11211", "host:", "host:x", "host:65536", "host:-1",
                                      "[::1", "[]", "[::1]11211", "[::1]:", "a b", "unix/path"}) {
    EXPECT_FALSE(ParseListenAddress(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace ringcached::server
