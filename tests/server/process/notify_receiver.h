// The socket of a service manager: takes what a service tells of itself.

#ifndef RINGCACHED_TESTS_SERVER_PROCESS_NOTIFY_RECEIVER_H_
#define RINGCACHED_TESTS_SERVER_PROCESS_NOTIFY_RECEIVER_H_

#include <sys/types.h>

#include <string>

#include "server/io/descriptor.h"

namespace ringcached::server {

class NotifyReceiver {
 public:
  // Under a path, or under an abstract name that "@" stands before.
  explicit NotifyReceiver(const std::string& name);

  // Waits for the next message; empty if none has come in ten seconds.
  std::string Next();
  // The process that sent what Next() returned last, as the kernel knows it.
  pid_t last_sender() const { return last_sender_; }
  void Close() { socket_.Reset(); }

 private:
  UniqueFd socket_;
  pid_t last_sender_ = 0;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_TESTS_SERVER_PROCESS_NOTIFY_RECEIVER_H_
