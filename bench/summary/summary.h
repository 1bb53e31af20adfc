// What is printed of figures that were measured several times.

#ifndef RINGCACHED_BENCH_SUMMARY_SUMMARY_H_
#define RINGCACHED_BENCH_SUMMARY_SUMMARY_H_

#include <functional>
#include <vector>

namespace ringcached::summary {

struct Summary {
  double median = 0;
  double lowest = 0;
  double highest = 0;
};

// REQUIRES: not empty.
Summary Summarize(std::vector<double> figures);

// Of what `compare` makes of the two figures of each round. REQUIRES: as many of both, not none.
Summary SummarizePairs(const std::vector<double>& figures, const std::vector<double>& others,
                       const std::function<double(double, double)>& compare);

}  // namespace ringcached::summary

#endif  // RINGCACHED_BENCH_SUMMARY_SUMMARY_H_
