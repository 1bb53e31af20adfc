// What a fuzzer claims. A claim that does not hold ends the process, which is what fuzzers look
// for.

#ifndef RINGCACHED_TESTS_FUZZ_CHECK_H_
#define RINGCACHED_TESTS_FUZZ_CHECK_H_

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>

namespace ringcached::fuzz {

inline void Check(bool holds, const char* claim) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", claim);
  std::abort();
}

// Whether all of `part` lies in `whole`. Pointers to different things are ordered by std::less
// alone.
inline bool LiesIn(std::string_view whole, std::string_view part) {
  const std::less<const char*> before;
  return part.empty() || (!before(part.data(), whole.data()) &&
                          !before(whole.data() + whole.size(), part.data() + part.size()));
}

}  // namespace ringcached::fuzz

#endif  // RINGCACHED_TESTS_FUZZ_CHECK_H_
