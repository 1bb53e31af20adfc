// Processes that a test starts, talks to and waits for.

#ifndef RINGCACHED_TESTS_SERVER_PROCESS_CHILD_PROCESS_H_
#define RINGCACHED_TESTS_SERVER_PROCESS_CHILD_PROCESS_H_

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "server/io/descriptor.h"

namespace ringcached::server {

// Runs `body` in a child of this process and returns what it returns, 0 to 255. For what changes a
// process for good. -1 if the child died of a signal.
int RunInChild(const std::function<int()>& body);

// The daemon as its users start it.
class Program {
 public:
  // As root, `-u root` is put in front of the arguments unless `as_is`. `path`: a copy of it.
  explicit Program(std::vector<std::string> arguments, bool as_is = false,
                   const std::string& path = RINGCACHED_PROGRAM);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  // Kills it if it still runs.
  ~Program();

  // What it prints on stdout up to `end`, or up to its own end.
  std::string ReadOutUntil(const std::string& end);
  // The rest of what it prints.
  std::string ReadOut() { return ReadOutUntil(""); }
  std::string ReadErr();

  void Send(int signal) const;
  pid_t pid() const { return pid_; }
  // The exit code once it has ended; -1 if a signal ended it.
  int Wait();

 private:
  UniqueFd out_;
  UniqueFd err_;
  pid_t pid_ = -1;  // -1: waited for
};

}  // namespace ringcached::server

#endif  // RINGCACHED_TESTS_SERVER_PROCESS_CHILD_PROCESS_H_
