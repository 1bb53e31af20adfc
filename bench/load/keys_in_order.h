// What is asked before anything is measured: every key, or every connection, once.

#ifndef RINGCACHED_BENCH_LOAD_KEYS_IN_ORDER_H_
#define RINGCACHED_BENCH_LOAD_KEYS_IN_ORDER_H_

#include <cstddef>
#include <cstdint>

#include "bench/load/load_loop.h"
#include "bench/load/tally.h"

namespace ringcached::load {

// So many connections are opened before each of them is asked something, which shows that it was
// accepted: a server's backlog never holds more.
inline constexpr size_t kOpenAtOnce = 500;

// Sets all keys over the first connection. REQUIRES: it is open.
void SetAllKeys(uint64_t key_count, LoadLoop& loop, Tally& tally);
// Gets a key over each of `count` connections from the one at `first` on. REQUIRES: they are open.
void AskEachConnection(size_t first, size_t count, uint64_t key_count, LoadLoop& loop,
                       Tally& tally);

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_KEYS_IN_ORDER_H_
