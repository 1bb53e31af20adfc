// The time of a loop turn: read once by the reactor and handed down. Nothing in protocol/ reads a
// clock.

#ifndef RINGCACHED_PROTOCOL_TURN_TIME_H_
#define RINGCACHED_PROTOCOL_TURN_TIME_H_

#include <cstdint>

#include "storage/time.h"

namespace ringcached::protocol {

struct TurnTime {
  storage::CacheSecond now = storage::kFirstSecond;  // monotonic
  int64_t unix_seconds = 0;                          // wall clock, for absolute exptimes
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_TURN_TIME_H_
