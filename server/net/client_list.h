// Who is connected to a reactor, for those that ask from other threads.

#ifndef RINGCACHED_SERVER_NET_CLIENT_LIST_H_
#define RINGCACHED_SERVER_NET_CLIENT_LIST_H_

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "storage/mutex.h"
#include "storage/time.h"

namespace ringcached::server {

// Where a client is, small enough to be kept for each.
struct ClientAddress {
  sa_family_t family = AF_UNSPEC;  // AF_INET, AF_INET6 or AF_UNIX; AF_UNSPEC: unknown
  uint16_t port = 0;
  std::array<uint8_t, 16> ip = {};

  // Of the other end of a connected socket.
  static ClientAddress OfPeer(int socket);
  // "127.0.0.1", "::1", or "unix" or "unknown".
  std::string Host() const;
  // "tcp:127.0.0.1:11211", "tcp6:[::1]:11211", "unix".
  std::string Text() const;
};

// What is known of a client.
struct Client {
  uint64_t number = 0;
  uint32_t listener = 0;
  ClientAddress address;
  // When something of it was last worked off; written by its reactor.
  std::atomic<storage::CacheSecond> active_at = 0;
};

// One thread adds and removes; any may visit.
class ClientList {
 public:
  // Valid until Remove().
  Client* Add(uint64_t number, uint32_t listener, const ClientAddress& address,
              storage::CacheSecond now) ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(Client* client) ABSL_LOCKS_EXCLUDED(mutex_);
  void Visit(absl::FunctionRef<void(const Client&)> visitor) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable storage::Mutex mutex_;
  // As many as there ever were; number 0: free.
  std::deque<Client> clients_ ABSL_GUARDED_BY(mutex_);
  std::vector<Client*> free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_CLIENT_LIST_H_
