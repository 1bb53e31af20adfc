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

struct PrefixCase {
  std::string_view text;
  std::string_view host;
  std::optional<uint16_t> port;
  std::optional<protocol::SpokenDialects> dialects;
  std::string_view tag;
};

TEST(ListenAddressTest, TakesADialectAndATagInFront) {
  using protocol::SpokenDialects;
  const PrefixCase cases[] = {
      {"proto[ascii]:127.0.0.1", "127.0.0.1", std::nullopt, SpokenDialects::kText, ""},
      {"proto[binary]:127.0.0.1:1", "127.0.0.1", 1, SpokenDialects::kBinary, ""},
      {"proto[negotiating]:*", "*", std::nullopt, SpokenDialects::kAll, ""},
      {"proto[auto]:[::1]:2", "::1", 2, SpokenDialects::kAll, ""},
      {"tag[a]:localhost", "localhost", std::nullopt, std::nullopt, "a"},
      {"tag_a_:localhost:3", "localhost", 3, std::nullopt, "a"},
      {"tag[12345678]:::1", "::1", std::nullopt, std::nullopt, "12345678"},
      {"tag[a_b]:h:4", "h", 4, std::nullopt, "a_b"},
      {"proto[ascii]:tag[x]:[fe80::1]:5", "fe80::1", 5, SpokenDialects::kText, "x"},
      {"proto[binary]:tag_x_:10.0.0.1:6", "10.0.0.1", 6, SpokenDialects::kBinary, "x"},
      // Hosts that only begin like it.
      {"protocol", "protocol", std::nullopt, std::nullopt, ""},
      {"proto:1", "proto", 1, std::nullopt, ""},
      {"tag", "tag", std::nullopt, std::nullopt, ""},
      {"tag:2", "tag", 2, std::nullopt, ""},
      {"tag_host:3", "tag_host", 3, std::nullopt, ""},
  };
  for (const PrefixCase& c : cases) {
    const std::optional<ListenAddress> address = ParseListenAddress(c.text);
    ASSERT_TRUE(address.has_value()) << c.text;
    EXPECT_EQ(address->host, c.host) << c.text;
    EXPECT_EQ(address->port, c.port) << c.text;
    EXPECT_EQ(address->dialects, c.dialects) << c.text;
    EXPECT_EQ(address->tag, c.tag) << c.text;
  }
}

TEST(ListenAddressTest, RefusesPrefixesThatMakeNoSense) {
  for (const std::string_view text :
       {"proto[ascii]", "proto[ascii]:", "proto[]:h", "proto[klingon]:h", "proto[ascii:h",
        "proto[ascii]h", "proto[ascii]:proto[ascii]:h", "tag[]:h", "tag__:h", "tag[123456789]:h",
        "tag_123456789_:h", "tag[a]:", "tag[a]h", "tag[a:h", "tag[a]:tag[b]:h",
        "tag[a]:proto[ascii]:h"}) {
    EXPECT_FALSE(ParseListenAddress(text).has_value()) << text;
  }
}

TEST(ListenAddressTest, ATagIsOneWord) {
  EXPECT_TRUE(ParseListenAddress("tag[front]:10.0.0.1").has_value());
  for (const char* const text : {"tag[a b]:10.0.0.1", "tag[a\nb]:10.0.0.1", "tag[\x7f]:10.0.0.1"}) {
    EXPECT_FALSE(ParseListenAddress(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace ringcached::server
