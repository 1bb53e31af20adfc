// How an accepted client reaches its reactor: the one thing that is handed between threads.

#ifndef RINGCACHED_SERVER_NET_MAILBOX_H_
#define RINGCACHED_SERVER_NET_MAILBOX_H_

#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "server/net/accepted_client.h"
#include "storage/mutex.h"

namespace ringcached::server {

// Bounded by the server's connection limit: a client counts as a connection from its accept on.
class Mailbox {
 public:
  // True if the box was empty, that is, if its reader has to be woken.
  bool Put(AcceptedClient client) ABSL_LOCKS_EXCLUDED(mutex_) {
    storage::MutexLock lock(&mutex_);
    clients_.push_back(std::move(client));
    return clients_.size() == 1;
  }
  std::vector<AcceptedClient> TakeAll() ABSL_LOCKS_EXCLUDED(mutex_) {
    storage::MutexLock lock(&mutex_);
    return std::exchange(clients_, {});
  }

 private:
  storage::Mutex mutex_;
  std::vector<AcceptedClient> clients_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_MAILBOX_H_
