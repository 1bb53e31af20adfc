// Messages for whoever runs the daemon: one line each, on stderr.
//
// Threads: all methods from any thread. A line is one write(2), so lines of several threads do not
// mix.

#ifndef RINGCACHED_SERVER_PROCESS_LOG_H_
#define RINGCACHED_SERVER_PROCESS_LOG_H_

#include <unistd.h>

#include <atomic>
#include <string_view>

namespace ringcached::server {

class Log {
 public:
  static constexpr int kInfoVerbosity = 1;   // -v
  static constexpr int kDebugVerbosity = 2;  // -vv
  static constexpr int kMaxVerbosity = 3;

  // Writes to `descriptor`, which is not owned and outlives the log.
  explicit Log(int verbosity, int descriptor = STDERR_FILENO)
      : descriptor_(descriptor), verbosity_(verbosity) {}
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Always written: what failed, and what works less well than asked.
  void Error(std::string_view message) { Write("error: ", message); }
  void Warn(std::string_view message) { Write("warning: ", message); }
  // Written at kInfoVerbosity: what happens rarely.
  void Info(std::string_view message);
  // Written at kDebugVerbosity: details.
  void Debug(std::string_view message);

  int verbosity() const { return verbosity_.load(std::memory_order_relaxed); }
  void set_verbosity(int verbosity) { verbosity_.store(verbosity, std::memory_order_relaxed); }

 private:
  void Write(std::string_view level, std::string_view message);

  const int descriptor_;
  std::atomic<int> verbosity_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_LOG_H_
