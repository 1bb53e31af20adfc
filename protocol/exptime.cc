#include "protocol/exptime.h"

#include <algorithm>
#include <limits>

#include "protocol/limits.h"

namespace ringcached::protocol {

using storage::CacheSecond;

namespace {

// Is this what is left of a negative number in 32 bits without a sign?
bool HasLostItsSign(int64_t exptime) {
  constexpr int64_t kEnd = int64_t{1} << 32;
  return exptime < kEnd && exptime >= kEnd - kMaxRelativeExptimeSeconds;
}

}  // namespace

CacheSecond ExpiryFromExptime(int64_t exptime, const TurnTime& time) {
  if (exptime == 0) return storage::kNeverExpires;
  if (exptime < 0 || HasLostItsSign(exptime)) return storage::kAlreadyExpired;
  const int64_t seconds_left =
      exptime <= kMaxRelativeExptimeSeconds ? exptime : exptime - time.unix_seconds;
  if (seconds_left <= 0) return storage::kAlreadyExpired;
  constexpr int64_t kLastSecond = std::numeric_limits<CacheSecond>::max();
  // The subtraction is on the side that cannot overflow.
  if (seconds_left > kLastSecond - int64_t{time.now})
    return std::numeric_limits<CacheSecond>::max();
  return static_cast<CacheSecond>(int64_t{time.now} + seconds_left);
}

}  // namespace ringcached::protocol
