// Numbers that look random and are a function of a number.

#ifndef RINGCACHED_BENCH_TRACE_MIX_H_
#define RINGCACHED_BENCH_TRACE_MIX_H_

#include <cstdint>

namespace ringcached::trace {

// SplitMix64's finalizer: no two numbers give the same one.
constexpr uint64_t Mix(uint64_t number) {
  number += 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

// From 0 up to but not including 1.
constexpr double MixToUnit(uint64_t number) {
  return static_cast<double>(Mix(number) >> 11) * 0x1.0p-53;
}

}  // namespace ringcached::trace

#endif  // RINGCACHED_BENCH_TRACE_MIX_H_
