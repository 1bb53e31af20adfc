// How many evicted items had not been used for how long.

#ifndef RINGCACHED_STORAGE_AGE_HISTOGRAM_H_
#define RINGCACHED_STORAGE_AGE_HISTOGRAM_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace ringcached::storage {

struct AgeHistogram {
  // The longest age of each bucket, in seconds; one more bucket has what is older. A cache that
  // evicts within seconds is far too small; one that holds things for a week is large enough for
  // almost anybody.
  static constexpr std::array<uint64_t, 8> kUpperSeconds = {1,    10,    60,    600,
                                                            3600, 21600, 86400, 604800};

  std::array<uint64_t, kUpperSeconds.size() + 1> counts{};
  uint64_t sum_seconds = 0;

  void Add(uint64_t seconds) {
    const auto* const bucket =
        std::lower_bound(kUpperSeconds.begin(), kUpperSeconds.end(), seconds);
    ++counts[static_cast<size_t>(bucket - kUpperSeconds.begin())];
    sum_seconds += seconds;
  }
  void Add(const AgeHistogram& other) {
    for (size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
    sum_seconds += other.sum_seconds;
  }
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_AGE_HISTOGRAM_H_
