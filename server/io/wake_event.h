// The eventfd behind Ring::Wake().

#ifndef RINGCACHED_SERVER_IO_WAKE_EVENT_H_
#define RINGCACHED_SERVER_IO_WAKE_EVENT_H_

#include "absl/status/statusor.h"
#include "server/io/descriptor.h"

namespace ringcached::server {

class WakeEvent {
 public:
  static absl::StatusOr<WakeEvent> Create();

  // Makes the descriptor readable. Any thread may call it.
  void Signal() const;

  int fd() const { return fd_.get(); }

 private:
  explicit WakeEvent(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_WAKE_EVENT_H_
