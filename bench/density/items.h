// Items as a cache's memory is measured with: short keys that look random, and values that cannot
// be compressed. Both are functions of the item's number, so whoever reads a value back can tell
// whether it is the right one.

#ifndef RINGCACHED_BENCH_DENSITY_ITEMS_H_
#define RINGCACHED_BENCH_DENSITY_ITEMS_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace ringcached::density {

inline constexpr size_t kKeyBytes = 24;

// Appends "key:" and 20 digits; no two numbers give the same key.
void AppendKey(uint64_t number, std::string& out);

void AppendValue(uint64_t number, size_t value_bytes, std::string& out);

}  // namespace ringcached::density

#endif  // RINGCACHED_BENCH_DENSITY_ITEMS_H_
