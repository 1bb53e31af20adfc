#include "bench/load/open_files.h"

#include <sys/resource.h>

namespace ringcached::load {
namespace {

constexpr rlim_t kOtherDescriptors = 64;  // standard streams, epoll, /proc

}  // namespace

bool AllowOpenFiles(size_t connections) {
  const rlim_t needed = connections + kOtherDescriptors;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  if (limit.rlim_cur >= needed) return true;
  if (limit.rlim_max < needed) limit.rlim_max = needed;
  limit.rlim_cur = needed;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

}  // namespace ringcached::load
