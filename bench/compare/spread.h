// Figures of several rounds: the one in the middle, and how far they lie apart.

#ifndef RINGCACHED_BENCH_COMPARE_SPREAD_H_
#define RINGCACHED_BENCH_COMPARE_SPREAD_H_

#include <functional>
#include <vector>

namespace ringcached::compare {

struct Spread {
  double median = 0;
  double lowest = 0;
  double highest = 0;
};

// REQUIRES: not empty.
Spread SpreadOf(std::vector<double> figures);

// Of what `compare` makes of the two figures of each round. REQUIRES: as many of both, not none.
Spread SpreadOfPairs(const std::vector<double>& figures, const std::vector<double>& others,
                     const std::function<double(double, double)>& compare);

}  // namespace ringcached::compare

#endif  // RINGCACHED_BENCH_COMPARE_SPREAD_H_
