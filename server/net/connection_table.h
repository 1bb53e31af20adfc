// A reactor's connections by slot. Generations make ids unique over a slot's uses, so that a
// completion that names a connection that is gone finds nothing.

#ifndef RINGCACHED_SERVER_NET_CONNECTION_TABLE_H_
#define RINGCACHED_SERVER_NET_CONNECTION_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "server/io/completion.h"
#include "server/net/connection.h"

namespace ringcached::server {

class ConnectionTable {
 public:
  explicit ConnectionTable(uint32_t max_connections);

  // A new connection in a free slot, or null if there is none.
  Connection* Add(protocol::SpokenDialects spoken);
  // Null if the id's connection is gone.
  Connection* Find(ConnectionId id);
  // REQUIRES: Find(id) is not null.
  void Remove(ConnectionId id);

  size_t size() const { return size_; }

  template <typename Visit>
  void ForEach(Visit visit) {
    for (Slot& slot : slots_) {
      if (slot.connection != nullptr) visit(*slot.connection);
    }
  }

 private:
  struct Slot {
    std::unique_ptr<Connection> connection;
    uint32_t generation = 0;
  };

  std::vector<Slot> slots_;     // grows to the most there ever were
  std::vector<uint32_t> free_;  // of slots_, last used first
  const uint32_t max_connections_;
  size_t size_ = 0;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_CONNECTION_TABLE_H_
