// The process's allocator, jemalloc, and how it is set. Sanitizer builds have their own allocator
// and none of this.

#ifndef RINGCACHED_SERVER_PROCESS_ALLOCATOR_H_
#define RINGCACHED_SERVER_PROCESS_ALLOCATOR_H_

namespace ringcached::server {

// Has the allocator give back to the system what it has kept unused for its decay time, or `all`
// that is unused. By itself it looks at that only where it is in use, so memory freed by threads
// that now rest would stay.
void ReturnUnusedMemory(bool all);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_ALLOCATOR_H_
