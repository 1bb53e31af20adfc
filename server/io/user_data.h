// The 64 bits that travel with an operation through the kernel: what it was and for whom. A
// completion is matched by slot and generation, never by descriptor, because descriptors and slots
// are reused while old completions may still be on their way.

#ifndef RINGCACHED_SERVER_IO_USER_DATA_H_
#define RINGCACHED_SERVER_IO_USER_DATA_H_

#include <cstdint>

#include "server/io/completion.h"

namespace ringcached::server {

enum class Operation : uint8_t {
  kAccept,  // slot: the listener's number
  kReceive,
  kSend,
  kShutdown,
  kCancel,
  kClose,
  kWake,
};

// Bits 56–63: the operation; 32–55: the generation; 0–31: the slot.
struct UserData {
  Operation operation;
  ConnectionId connection;

  uint64_t Pack() const {
    return static_cast<uint64_t>(operation) << 56 |
           static_cast<uint64_t>(connection.generation & kGenerationMask) << 32 | connection.slot;
  }

  static UserData Unpack(uint64_t bits) {
    return {.operation = static_cast<Operation>(bits >> 56),
            .connection = {.slot = static_cast<uint32_t>(bits),
                           .generation = static_cast<uint32_t>(bits >> 32) & kGenerationMask}};
  }
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_USER_DATA_H_
