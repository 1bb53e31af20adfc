#include "server/net/listener.h"

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "tests/server/net/test_client.h"

namespace ringcached::server {
namespace {

absl::StatusOr<std::vector<Listener>> Bind(std::vector<std::string> addresses, uint16_t port = 0) {
  return BindListeners({std::move(addresses), /*skip_unavailable=*/false, port, /*backlog=*/16});
}

TEST(ListenerTest, ChoosesAPortAndSaysWhich) {
  const auto listeners = Bind({"127.0.0.1"});
  ASSERT_TRUE(listeners.ok()) << listeners.status();
  ASSERT_EQ(listeners->size(), 1U);
  const BoundAddress& address = listeners->front().address;
  EXPECT_NE(address.port, 0);
  EXPECT_EQ(address.text, "127.0.0.1:" + std::to_string(address.port));
  EXPECT_FALSE(address.ipv6);
  EXPECT_TRUE(TestClient::CanConnect(address.port));
}

TEST(ListenerTest, SeveralAddressesShareAChosenPort) {
  const auto listeners = Bind({"127.0.0.1", "127.0.0.2"});
  ASSERT_TRUE(listeners.ok()) << listeners.status();
  EXPECT_EQ((*listeners)[0].address.port, (*listeners)[1].address.port);
}

TEST(ListenerTest, AnAddressMayNameItsPort) {
  const auto first = Bind({"127.0.0.1"});
  ASSERT_TRUE(first.ok());
  const std::string taken = first->front().address.text;
  const auto second = Bind({"127.0.0.2:" + std::to_string(first->front().address.port)}, 1);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->front().address.port, first->front().address.port);
}

TEST(ListenerTest, ATakenPortIsSaidSo) {
  const auto first = Bind({"127.0.0.1"});
  ASSERT_TRUE(first.ok());
  const auto second = Bind({"127.0.0.1"}, first->front().address.port);
  EXPECT_TRUE(absl::IsAlreadyExists(second.status())) << second.status();
  EXPECT_NE(second.status().message().find("127.0.0.1"), absl::string_view::npos);
}

TEST(ListenerTest, NonsenseIsRefused) {
  for (const char* address :
       {"256.0.0.1", "[::1", "[::1]x", "127.0.0.1:port", "127.0.0.1:70000", "no such host"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Bind({address}).status())) << address;
  }
}

TEST(ListenerTest, AnAddressOfAnotherMachineIsSkippedOnlyIfAllowed) {
  // From the range for documentation: no machine has it.
  EXPECT_TRUE(absl::IsNotFound(Bind({"127.0.0.1", "192.0.2.1"}).status()));
  const auto listeners = BindListeners({{"192.0.2.1", "127.0.0.1"}, true, 0, 16});
  ASSERT_TRUE(listeners.ok()) << listeners.status();
  EXPECT_EQ(listeners->size(), 1U);
  EXPECT_TRUE(absl::IsNotFound(BindListeners({{"192.0.2.1"}, true, 0, 16}).status()));
}

}  // namespace
}  // namespace ringcached::server
