// The cache's clock, as storage sees it: whole seconds handed down by the caller, once per loop
// turn. Nothing in storage/ reads a clock.

#ifndef RINGCACHED_STORAGE_TIME_H_
#define RINGCACHED_STORAGE_TIME_H_

#include <cstdint>

namespace ringcached::storage {

// Seconds on a monotonic clock that starts at kFirstSecond when the process starts. 32 bits last
// 136 years. Also used for the second at which an item ends.
using CacheSecond = uint32_t;

// As an expiry: the item has no end.
inline constexpr CacheSecond kNeverExpires = 0;
// As an expiry: the item has ended before it was stored (a negative exptime asks for that).
inline constexpr CacheSecond kAlreadyExpired = 1;
// The first value of the clock; above kAlreadyExpired, so that such an item is never seen.
inline constexpr CacheSecond kFirstSecond = 2;

// True if an item that ends at `expiry` must not be seen at `now`. memcached's rule: the second of
// the end itself is over, so a TTL of n seconds lives between n-1 and n seconds.
constexpr bool IsExpired(CacheSecond expiry, CacheSecond now) {
  return expiry != kNeverExpires && expiry <= now;
}

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_TIME_H_
