// Sockets for tests: loopback only, ports chosen by the kernel, blocking unless said otherwise.

#ifndef RINGCACHED_TESTS_SERVER_IO_SOCKETS_H_
#define RINGCACHED_TESTS_SERVER_IO_SOCKETS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/io/descriptor.h"

namespace ringcached::server {

struct TcpListener {
  UniqueFd fd;  // non-blocking
  uint16_t port = 0;
};

// Listens on 127.0.0.1.
TcpListener ListenOnLoopback();
UniqueFd ConnectTo(uint16_t port);

struct ConnectedPair {
  UniqueFd served;  // non-blocking: for Ring::Attach()
  UniqueFd client;  // blocking, receives give up after kReceiveTimeoutS
};
inline constexpr int kReceiveTimeoutS = 10;

ConnectedPair UnixPair();
// Two ends of a TCP connection.
ConnectedPair TcpPair();

void WriteAll(const UniqueFd& fd, std::string_view bytes);
// `bytes` of them, or fewer at the end of the stream.
std::string ReadBytes(const UniqueFd& fd, size_t bytes);
// Whether the stream ends here: no byte, no error.
bool AtEnd(const UniqueFd& fd);
size_t OpenDescriptors();

}  // namespace ringcached::server

#endif  // RINGCACHED_TESTS_SERVER_IO_SOCKETS_H_
