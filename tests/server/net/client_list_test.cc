#include "server/net/client_list.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "server/io/descriptor.h"
#include "server/net/listener.h"
#include "tests/server/net/test_client.h"

namespace ringcached::server {
namespace {

ClientAddress Address(sa_family_t family, std::string_view ip, uint16_t port) {
  ClientAddress address;
  address.family = family;
  address.port = port;
  EXPECT_EQ(inet_pton(family, std::string(ip).c_str(), address.ip.data()), 1);
  return address;
}

TEST(ClientAddressTest, IsPrintedAsStatsConnsPrintsIt) {
  const ClientAddress v4 = Address(AF_INET, "192.0.2.7", 11211);
  EXPECT_EQ(v4.Host(), "192.0.2.7");
  EXPECT_EQ(v4.Text(), "tcp:192.0.2.7:11211");
  const ClientAddress v6 = Address(AF_INET6, "2001:db8::1", 1);
  EXPECT_EQ(v6.Host(), "2001:db8::1");
  EXPECT_EQ(v6.Text(), "tcp6:[2001:db8::1]:1");
  // The longest there is.
  const std::string longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  EXPECT_EQ(Address(AF_INET6, longest, 65535).Text(), "tcp6:[" + longest + "]:65535");
  ClientAddress local;
  local.family = AF_UNIX;
  EXPECT_EQ(local.Host(), "unix");
  EXPECT_EQ(local.Text(), "unix");
  EXPECT_EQ(ClientAddress().Host(), "unknown");
  EXPECT_EQ(ClientAddress().Text(), "unknown");
}

TEST(ClientAddressTest, IsThatOfASocketsOtherEnd) {
  for (const std::string host : {"127.0.0.1", "::1"}) {
    const bool ipv6 = host == "::1";
    const auto listeners = BindListeners({{host}, /*skip_unavailable=*/true, /*port=*/0});
    if (ipv6 && !listeners.ok()) continue;  // the machine has none
    ASSERT_TRUE(listeners.ok()) << listeners.status();
    const Listener& listener = listeners->front();
    const TestClient client(listener.address.port, ipv6);
    sockaddr_storage peer{};
    socklen_t length = sizeof(peer);
    const UniqueFd accepted(
        accept(listener.socket.get(), reinterpret_cast<sockaddr*>(&peer), &length));
    const in_port_t port = ipv6 ? reinterpret_cast<const sockaddr_in6&>(peer).sin6_port
                                : reinterpret_cast<const sockaddr_in&>(peer).sin_port;
    EXPECT_EQ(ClientAddress::OfPeer(accepted.get()).Host(), host);
    EXPECT_EQ(ClientAddress::OfPeer(accepted.get()).port, ntohs(port));
  }
}

TEST(ClientAddressTest, OfUnixSocketsAndOfNoSockets) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const UniqueFd one(ends[0]);
  const UniqueFd other(ends[1]);
  EXPECT_EQ(ClientAddress::OfPeer(one.get()).Text(), "unix");
  EXPECT_EQ(ClientAddress::OfPeer(-1).Text(), "unknown");
}

std::vector<uint64_t> Numbers(const ClientList& list) {
  std::vector<uint64_t> numbers;
  list.Visit([&](const Client& client) { numbers.push_back(client.number); });
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

TEST(ClientListTest, VisitsThoseThatAreThere) {
  ClientList list;
  EXPECT_TRUE(Numbers(list).empty());
  Client* const five = list.Add(5, 0, {}, 1);
  list.Add(6, 1, Address(AF_INET, "127.0.0.1", 80), 2);
  Client* const seven = list.Add(7, 0, {}, 3);
  EXPECT_EQ(Numbers(list), (std::vector<uint64_t>{5, 6, 7}));
  list.Remove(five);
  EXPECT_EQ(Numbers(list), (std::vector<uint64_t>{6, 7}));
  list.Remove(seven);
  list.Visit([](const Client& client) {
    EXPECT_EQ(client.number, 6U);
    EXPECT_EQ(client.listener, 1U);
    EXPECT_EQ(client.address.Text(), "tcp:127.0.0.1:80");
    EXPECT_EQ(client.active_at.load(), 2U);
  });
}

TEST(ClientListTest, APlaceIsUsedAgainAndKnowsNothingOfTheOneBefore) {
  ClientList list;
  Client* const before = list.Add(5, 3, Address(AF_INET, "127.0.0.1", 80), 9);
  list.Remove(before);
  Client* const after = list.Add(6, 0, {}, 1);
  EXPECT_EQ(after, before);
  EXPECT_EQ(after->number, 6U);
  EXPECT_EQ(after->listener, 0U);
  EXPECT_EQ(after->address.Text(), "unknown");
  EXPECT_EQ(after->active_at.load(), 1U);
}

// Clients stay where they are, however many come.
TEST(ClientListTest, AddressesStayValid) {
  ClientList list;
  std::vector<Client*> clients;
  for (uint64_t number = 1; number <= 1000; ++number) {
    clients.push_back(list.Add(number, 0, {}, 0));
  }
  for (uint64_t number = 1; number <= 1000; ++number) {
    EXPECT_EQ(clients[number - 1]->number, number);
  }
}

TEST(ClientListTest, MayBeVisitedWhileClientsComeAndGo) {
  ClientList list;
  list.Add(1, 0, {}, 1);
  std::atomic<bool> ended = false;
  std::thread reader([&] {
    while (!ended.load()) {
      const std::vector<uint64_t> numbers = Numbers(list);
      ASSERT_FALSE(numbers.empty());
      EXPECT_EQ(numbers.front(), 1U);
      EXPECT_LE(numbers.size(), 2U);
    }
  });
  for (uint64_t number = 2; number < 2000; ++number) {
    Client* const client = list.Add(number, 0, {}, 1);
    client->active_at.store(2, std::memory_order_relaxed);
    list.Remove(client);
  }
  ended.store(true);
  reader.join();
}

}  // namespace
}  // namespace ringcached::server
