// A memcached that runs for as long as this object lives, on a port that the system chose.

#ifndef RINGCACHED_TESTS_ORACLE_MEMCACHED_PROCESS_H_
#define RINGCACHED_TESTS_ORACLE_MEMCACHED_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace ringcached::oracle {

// The memcached to ask: what the environment's RINGCACHED_MEMCACHED names, else where the set-up
// scripts unpack Debian's.
std::string MemcachedPath();

// "1.6.18", as the program says with -V. NotFound says how to get it.
absl::StatusOr<std::string> MemcachedVersion(const std::string& path);

class MemcachedProcess {
 public:
  // Returns when it listens on 127.0.0.1.
  static absl::StatusOr<std::unique_ptr<MemcachedProcess>> Start(const std::string& path);
  ~MemcachedProcess();
  MemcachedProcess(const MemcachedProcess&) = delete;
  MemcachedProcess& operator=(const MemcachedProcess&) = delete;

  uint16_t port() const { return port_; }

 private:
  explicit MemcachedProcess(pid_t pid) : pid_(pid) {}

  const pid_t pid_;
  uint16_t port_ = 0;
};

}  // namespace ringcached::oracle

#endif  // RINGCACHED_TESTS_ORACLE_MEMCACHED_PROCESS_H_
