#include "bench/load/endpoint.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace ringcached::load {
namespace {

// A socket that listens on a free port of 127.0.0.1 and accepts nothing.
class Listener {
 public:
  Listener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof(address_);
    auto* const address = reinterpret_cast<sockaddr*>(&address_);
    EXPECT_EQ(bind(fd_.get(), address, bytes), 0);
    EXPECT_EQ(listen(fd_.get(), 8), 0);
    EXPECT_EQ(getsockname(fd_.get(), address, &bytes), 0);
  }
  uint16_t port() const { return ntohs(address_.sin_port); }

 private:
  server::UniqueFd fd_;
  sockaddr_in address_ = {};
};

// Where the connection at that place comes from.
std::string SourceOf(const Endpoint& endpoint, size_t place) {
  const absl::StatusOr<server::UniqueFd> fd = endpoint.Connect(1, place);
  if (!fd.ok()) return std::string(fd.status().message());
  sockaddr_in source{};
  socklen_t bytes = sizeof(source);
  EXPECT_EQ(getsockname(fd->get(), reinterpret_cast<sockaddr*>(&source), &bytes), 0);
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &source.sin_addr, text, sizeof(text));
}

TEST(Endpoint, LeavesAnAddressBeforeItsPortsRunOut) {
  const Listener listener;
  const absl::StatusOr<Endpoint> endpoint = Endpoint::Resolve("127.0.0.1", listener.port());
  ASSERT_TRUE(endpoint.ok());
  EXPECT_EQ(SourceOf(*endpoint, 0), "127.0.0.1");
  EXPECT_EQ(SourceOf(*endpoint, Endpoint::kConnectionsPerAddress - 1), "127.0.0.1");
  EXPECT_EQ(SourceOf(*endpoint, Endpoint::kConnectionsPerAddress), "127.0.0.2");
  EXPECT_EQ(SourceOf(*endpoint, 5 * Endpoint::kConnectionsPerAddress), "127.0.0.6");
}

}  // namespace
}  // namespace ringcached::load
