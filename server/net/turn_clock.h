// The one clock of a reactor, read once a loop turn.

#ifndef RINGCACHED_SERVER_NET_TURN_CLOCK_H_
#define RINGCACHED_SERVER_NET_TURN_CLOCK_H_

#include <cstdint>

#include "protocol/turn_time.h"

namespace ringcached::server {

// Where time comes from. Implementations may be asked from several threads.
class Clock {
 public:
  struct Reading {
    int64_t monotonic_ms = 0;
    int64_t unix_seconds = 0;
    int64_t unix_us_of_second = 0;
  };
  virtual ~Clock() = default;
  virtual Reading Read() const = 0;
  // As exact as the system can, for durations.
  virtual int64_t NowNs() const = 0;
};

// The system's coarse clocks: a few milliseconds behind at most, no system call.
class SystemClock final : public Clock {
 public:
  Reading Read() const override;
  int64_t NowNs() const override;
};

class TurnClock {
 public:
  // Starts at storage::kFirstSecond. Copies go on from the same start, so that all reactors agree.
  // `clock` outlives this and its copies.
  explicit TurnClock(const Clock& clock);

  // Reads the time.
  void Read();

  // As of the last Read().
  const protocol::TurnTime& time() const { return time_; }
  int64_t monotonic_ms() const { return monotonic_ms_; }
  int64_t unix_us_of_second() const { return unix_us_of_second_; }
  // Now, whenever the last Read() was.
  int64_t NowNs() const { return clock_->NowNs(); }
  uint64_t uptime_seconds() const { return time_.now - storage::kFirstSecond; }

 private:
  const Clock* clock_;
  int64_t start_ms_ = 0;
  int64_t monotonic_ms_ = 0;
  int64_t unix_us_of_second_ = 0;
  protocol::TurnTime time_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_TURN_CLOCK_H_
