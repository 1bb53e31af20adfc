// What the floor's servers have in common: they take a line for a get of one key, whatever it says,
// and answer a hit. Nothing is parsed, nothing looked up: what such a server costs is the kernel's
// price of the connection.

#ifndef RINGCACHED_BENCH_FLOOR_CANNED_H_
#define RINGCACHED_BENCH_FLOOR_CANNED_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "server/io/descriptor.h"

namespace ringcached::floor {

// Most that one receive takes.
inline constexpr size_t kReceiveBytes = size_t{64} << 10;

// Line ends.
size_t CountRequests(std::string_view received);

// The hit of the load's first key, so often behind one another that any number of requests of one
// receive is answered by a beginning of it.
class CannedReplies {
 public:
  CannedReplies();

  // REQUIRES: no more requests than kReceiveBytes holds gets.
  std::string_view For(size_t requests) const;

 private:
  size_t reply_bytes_;
  std::string replies_;
};

// Takes memcached's -l, -p and -u, of which the address must be 127.0.0.1 and the port -1, any free
// one; writes the port to the file that MEMCACHED_PORT_FILENAME names. Exits where something is
// wrong.
server::UniqueFd Listen(int argc, char** argv);

// No delay of small replies.
void Prepare(int client);

}  // namespace ringcached::floor

#endif  // RINGCACHED_BENCH_FLOOR_CANNED_H_
