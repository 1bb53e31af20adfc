#include "server/net/turn_clock.h"

#include <ctime>

namespace ringcached::server {
namespace {

timespec Now(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now;
}

}  // namespace

Clock::Reading SystemClock::Read() const {
  const timespec monotonic = Now(CLOCK_MONOTONIC_COARSE);
  const int64_t monotonic_ms = int64_t{monotonic.tv_sec} * 1000 + monotonic.tv_nsec / 1'000'000;
  const timespec wall = Now(CLOCK_REALTIME_COARSE);
  return {monotonic_ms, wall.tv_sec, wall.tv_nsec / 1000};
}

int64_t SystemClock::NowNs() const {
  const timespec monotonic = Now(CLOCK_MONOTONIC);
  return int64_t{monotonic.tv_sec} * 1'000'000'000 + monotonic.tv_nsec;
}

TurnClock::TurnClock(const Clock& clock) : clock_(&clock) {
  // Both clocks change their second at the same moment: what an item's end is in Unix time then
  // does not depend on when somebody asks.
  const Clock::Reading reading = clock_->Read();
  start_ms_ = reading.monotonic_ms - reading.unix_us_of_second / 1000;
  Read();
}

void TurnClock::Read() {
  const Clock::Reading reading = clock_->Read();
  monotonic_ms_ = reading.monotonic_ms;
  time_.now =
      storage::kFirstSecond + static_cast<storage::CacheSecond>((monotonic_ms_ - start_ms_) / 1000);
  time_.unix_seconds = reading.unix_seconds;
  unix_us_of_second_ = reading.unix_us_of_second;
}

}  // namespace ringcached::server
