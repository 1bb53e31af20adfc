// What a ring tells its reactor: operations that came to an end, or came one step further.

#ifndef RINGCACHED_SERVER_IO_COMPLETION_H_
#define RINGCACHED_SERVER_IO_COMPLETION_H_

#include <cstdint>
#include <span>

namespace ringcached::server {

// Names a connection within one reactor. Slots are reused; the generation tells whether a
// completion still means the connection that now has the slot.
struct ConnectionId {
  uint32_t slot = 0;        // < RingOptions::max_connections
  uint32_t generation = 0;  // 24 bits are kept
  friend bool operator==(const ConnectionId&, const ConnectionId&) = default;
};
inline constexpr uint32_t kGenerationMask = 0xffffff;

enum class CompletionKind : uint8_t {
  kAccepted,  // result: the new descriptor, or -errno; listener says where
  kReceived,  // result: bytes in `data`, 0 at the peer's end, or -errno
  kSent,      // result: bytes taken, possibly fewer than given, or -errno
  kClosed,    // the slot's descriptor is gone; nothing more comes for this id
  kWoken,     // another thread called Wake(); several calls may give one completion
};

struct Completion {
  CompletionKind kind = CompletionKind::kWoken;
  // kAccepted, kReceived: the operation stays armed. False: it has ended, for whatever reason, and
  // must be armed again if it is still wanted. Look at it on every completion, errors included.
  bool more = false;
  int32_t result = 0;
  ConnectionId connection = {};     // kReceived, kSent, kClosed
  uint32_t listener = 0;            // kAccepted
  std::span<const char> data = {};  // kReceived: valid until the next SubmitAndWait()
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_COMPLETION_H_
