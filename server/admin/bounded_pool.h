// The threads that answer the admin port, with a queue of clients that has an end.

#ifndef RINGCACHED_SERVER_ADMIN_BOUNDED_POOL_H_
#define RINGCACHED_SERVER_ADMIN_BOUNDED_POOL_H_

#include <httplib.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "storage/mutex.h"

namespace ringcached::server {

// The library's own pool has no limit in all of its versions. A full queue here makes the one
// thread that accepts wait: clients then wait in the kernel's backlog, which has a limit.
class BoundedPool final : public httplib::TaskQueue {
 public:
  using Task = std::function<void()>;
  // Later versions of the library ask whether the task was taken.
  using Taken = decltype(std::declval<httplib::TaskQueue&>().enqueue(Task()));

  BoundedPool(size_t threads, size_t max_waiting) : max_waiting_(max_waiting) {
    for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
  }
  ~BoundedPool() override { shutdown(); }

  Taken enqueue(Task task) override {
    storage::MutexLock lock(&mutex_);
    while (tasks_.size() >= max_waiting_) changed_.Wait(&mutex_);
    tasks_.push_back(std::move(task));
    changed_.SignalAll();
    return static_cast<Taken>(true);
  }
  // What waits is finished first: only that closes its connections.
  void shutdown() override {
    {
      storage::MutexLock lock(&mutex_);
      ending_ = true;
      changed_.SignalAll();
    }
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  // Empty once there will be nothing more to do.
  Task Next() {
    storage::MutexLock lock(&mutex_);
    while (tasks_.empty() && !ending_) changed_.Wait(&mutex_);
    if (tasks_.empty()) return nullptr;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    changed_.SignalAll();
    return task;
  }
  void Work() {
    for (Task task = Next(); task; task = Next()) task();
  }

  const size_t max_waiting_;
  storage::Mutex mutex_;
  storage::CondVar changed_;
  std::deque<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_BOUNDED_POOL_H_
