// A std::mutex that clang's thread-safety analysis understands. Not absl::Mutex: distributions
// build abseil without ThreadSanitizer, which then sees no lock at all and reports races that are
// none; it does see std::mutex.

#ifndef RINGCACHED_STORAGE_MUTEX_H_
#define RINGCACHED_STORAGE_MUTEX_H_

#include <mutex>

#include "absl/base/thread_annotations.h"

namespace ringcached::storage {

class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_->Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* const mutex_;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_MUTEX_H_
