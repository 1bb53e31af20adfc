#include "server/process/allocator.h"

#ifndef RINGCACHED_SYSTEM_MALLOC
#include <jemalloc/jemalloc.h>

// jemalloc reads this name when it starts; the environment's MALLOC_CONF wins over it.
//  - Freed memory goes back after a second and not after ten, since the limit counts it until then.
//  - Few arenas: each has some free memory of its own, and requests hardly allocate.
//  - Threads keep no large pieces for themselves.
//  - No huge pages under small heaps, also where the system gives them unasked.
// NOLINTNEXTLINE(readability-identifier-naming): jemalloc's name
const char* malloc_conf =
    "narenas:2,dirty_decay_ms:1000,muzzy_decay_ms:0,tcache_max:8192,thp:never,abort_conf:false";
#endif

namespace ringcached::server {

void ReturnUnusedMemory([[maybe_unused]] bool all) {
#ifndef RINGCACHED_SYSTEM_MALLOC
  static_assert(MALLCTL_ARENAS_ALL == 4096, "the number in the names below");
  const char* const name = all ? "arena.4096.purge" : "arena.4096.decay";
  mallctl(name, nullptr, nullptr, nullptr, 0);
#endif
}

}  // namespace ringcached::server
