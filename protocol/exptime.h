// From the protocol's exptime to the second at which an item ends.

#ifndef RINGCACHED_PROTOCOL_EXPTIME_H_
#define RINGCACHED_PROTOCOL_EXPTIME_H_

#include <cstdint>

#include "protocol/turn_time.h"
#include "storage/time.h"

namespace ringcached::protocol {

// memcached's rules: 0 never ends; a negative one has ended; up to 30 days is relative; above that
// it is Unix time, and one in the past has ended. Beyond the cache's clock it is the clock's last
// second. The last 30 days of 32 bits, at the start of the year 2106, are negative too:
// libmemcached writes -1 as 4294967295, with which Django's and others' callers say that an item is
// not to stay.
storage::CacheSecond ExpiryFromExptime(int64_t exptime, const TurnTime& time);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_EXPTIME_H_
