// How much memory the process has, as the system counts it.

#ifndef RINGCACHED_SERVER_PROCESS_RESIDENT_MEMORY_H_
#define RINGCACHED_SERVER_PROCESS_RESIDENT_MEMORY_H_

#include <cstddef>
#include <string>

#include "server/io/descriptor.h"

namespace ringcached::server {

// Reads /proc/self/statm: one system call of a microsecond, however large the process is. It is the
// figure that ps, top and a container's supervisor show as RSS, transparent huge pages included.
// (smaps_rollup is exact where this one, on many cores, may be off by some pages each; but it walks
// all page tables with the process's memory lock held: milliseconds per gigabyte.)
class ResidentMemory {
 public:
  // The file stays open, so that reading works in a chroot and without a free descriptor. `path` is
  // for tests.
  explicit ResidentMemory(const std::string& path = "/proc/self/statm");

  // Resident bytes; 0 where the system does not say.
  size_t Bytes() const;

 private:
  UniqueFd file_;
  size_t page_bytes_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_RESIDENT_MEMORY_H_
