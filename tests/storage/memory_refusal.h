// Makes the system refuse memory, for tests of what happens then.

#ifndef RINGCACHED_TESTS_STORAGE_MEMORY_REFUSAL_H_
#define RINGCACHED_TESTS_STORAGE_MEMORY_REFUSAL_H_

#include <sys/resource.h>

#if defined(__SANITIZE_THREAD__)
#define RINGCACHED_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RINGCACHED_THREAD_SANITIZER
#endif
#endif

namespace ringcached::storage {

// While it lives the process gets no more from the system of what `kind` limits: RLIMIT_AS is
// addresses, RLIMIT_DATA writable memory. One at a time, for a page that may not be had at all
// Linux does not mind becoming writable. Nothing is to be allocated meanwhile but what the test is
// about, so what comes out is checked afterwards.
class MemoryRefusal {
 public:
  using Kind = decltype(RLIMIT_AS);

  explicit MemoryRefusal(Kind kind) : kind_(kind) {
    getrlimit(kind_, &before_);
    rlimit lowered = before_;
    lowered.rlim_cur = kLimitBytes;
    setrlimit(kind_, &lowered);
  }
  ~MemoryRefusal() { setrlimit(kind_, &before_); }
  MemoryRefusal(const MemoryRefusal&) = delete;
  MemoryRefusal& operator=(const MemoryRefusal&) = delete;

 private:
  // Not 0, which Linux lets pass for valgrind's sake.
  static constexpr rlim_t kLimitBytes = 4096;

  const Kind kind_;
  rlimit before_ = {};
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_TESTS_STORAGE_MEMORY_REFUSAL_H_
