// A thread that does something at equal intervals.

#ifndef RINGCACHED_SERVER_ADMIN_SAMPLER_H_
#define RINGCACHED_SERVER_ADMIN_SAMPLER_H_

#include <chrono>
#include <functional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "storage/mutex.h"

namespace ringcached::server {

class Sampler {
 public:
  // `sample` is given the seconds since it was called before; at first 0.
  using Sample = std::function<void(double seconds)>;

  explicit Sampler(std::chrono::seconds interval) : interval_(interval) {}
  ~Sampler() { Stop(); }

  // Calls `sample` at once and then at each interval, on a thread of its own. Once.
  void Start(Sample sample) {
    thread_ = std::thread([this, sample = std::move(sample)] { Run(sample); });
  }
  // Returns when `sample` is called no more. Idempotent.
  void Stop() {
    {
      storage::MutexLock lock(&mutex_);
      stopping_ = true;
      stopped_.SignalAll();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  using Clock = std::chrono::steady_clock;

  void Run(const Sample& sample) {
    sample(0);
    Clock::time_point before = Clock::now();
    while (!StopsBefore(before + interval_)) {
      const Clock::time_point now = Clock::now();
      sample(std::chrono::duration<double>(now - before).count());
      before = now;
    }
  }
  bool StopsBefore(Clock::time_point end) {
    storage::MutexLock lock(&mutex_);
    while (!stopping_ && Clock::now() < end) stopped_.WaitUntil(&mutex_, end);
    return stopping_;
  }

  const std::chrono::seconds interval_;
  storage::Mutex mutex_;
  storage::CondVar stopped_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_SAMPLER_H_
