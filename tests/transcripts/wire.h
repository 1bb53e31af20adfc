// What a transcript is played over: one connection at a time to one server.

#ifndef RINGCACHED_TESTS_TRANSCRIPTS_WIRE_H_
#define RINGCACHED_TESTS_TRANSCRIPTS_WIRE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace ringcached::transcripts {

class Wire {
 public:
  virtual ~Wire() = default;

  // Opens a connection in place of the present one.
  virtual absl::Status Open() = 0;
  // Sends all bytes, or says why not.
  virtual absl::Status Send(std::string_view bytes) = 0;

  enum class Arrival : uint8_t {
    kBytes,
    kClosed,   // the server has closed the connection
    kNothing,  // nothing came, and nothing will
  };
  // Waits for bytes and appends them to `received`.
  virtual Arrival Receive(std::string* received) = 0;

  // The server's clock.
  virtual int64_t UnixSeconds() const = 0;
  // Unimplemented if the server's clock cannot be moved.
  virtual absl::Status AdvanceClock(uint32_t seconds) = 0;
};

}  // namespace ringcached::transcripts

#endif  // RINGCACHED_TESTS_TRANSCRIPTS_WIRE_H_
