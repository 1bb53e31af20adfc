// The limit on open files.

#ifndef RINGCACHED_BENCH_LOAD_OPEN_FILES_H_
#define RINGCACHED_BENCH_LOAD_OPEN_FILES_H_

#include <cstddef>

namespace ringcached::load {

// Raises it as far as so many connections need, and a few files beside. False if that is not
// allowed.
bool AllowOpenFiles(size_t connections);

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_OPEN_FILES_H_
