#include "server/net/connection_table.h"

#include <cassert>

namespace ringcached::server {

ConnectionTable::ConnectionTable(uint32_t max_connections) : max_connections_(max_connections) {}

Connection* ConnectionTable::Add(protocol::SpokenDialects spoken) {
  uint32_t index = 0;
  if (!free_.empty()) {
    index = free_.back();
    free_.pop_back();
  } else if (slots_.size() < max_connections_) {
    index = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    return nullptr;
  }
  Slot& slot = slots_[index];
  slot.connection = std::make_unique<Connection>(ConnectionId{index, slot.generation}, spoken);
  ++size_;
  return slot.connection.get();
}

Connection* ConnectionTable::Find(ConnectionId id) {
  if (id.slot >= slots_.size() || slots_[id.slot].generation != id.generation) return nullptr;
  return slots_[id.slot].connection.get();
}

void ConnectionTable::Remove(ConnectionId id) {
  assert(Find(id) != nullptr);
  Slot& slot = slots_[id.slot];
  slot.connection.reset();
  slot.generation = (slot.generation + 1) & kGenerationMask;
  free_.push_back(id.slot);
  --size_;
}

}  // namespace ringcached::server
