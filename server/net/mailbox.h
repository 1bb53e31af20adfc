// How an accepted descriptor reaches its reactor: the one thing that is handed between threads.

#ifndef RINGCACHED_SERVER_NET_MAILBOX_H_
#define RINGCACHED_SERVER_NET_MAILBOX_H_

#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "server/io/descriptor.h"
#include "storage/mutex.h"

namespace ringcached::server {

// Bounded by the server's connection limit: a descriptor counts as a connection from its accept on.
class Mailbox {
 public:
  // True if the box was empty, that is, if its reader has to be woken.
  bool Put(UniqueFd fd) ABSL_LOCKS_EXCLUDED(mutex_) {
    storage::MutexLock lock(&mutex_);
    descriptors_.push_back(std::move(fd));
    return descriptors_.size() == 1;
  }
  std::vector<UniqueFd> TakeAll() ABSL_LOCKS_EXCLUDED(mutex_) {
    storage::MutexLock lock(&mutex_);
    return std::exchange(descriptors_, {});
  }

 private:
  storage::Mutex mutex_;
  std::vector<UniqueFd> descriptors_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_MAILBOX_H_
