#include "bench/summary/summary.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <utility>

namespace ringcached::summary {

Summary Summarize(std::vector<double> figures) {
  assert(!figures.empty());
  std::sort(figures.begin(), figures.end());
  const size_t middle = figures.size() / 2;
  const bool odd = figures.size() % 2 == 1;
  return {.median = odd ? figures[middle] : (figures[middle - 1] + figures[middle]) / 2,
          .lowest = figures.front(),
          .highest = figures.back()};
}

Summary SummarizePairs(const std::vector<double>& figures, const std::vector<double>& others,
                       const std::function<double(double, double)>& compare) {
  assert(figures.size() == others.size());
  std::vector<double> results(figures.size());
  std::transform(figures.begin(), figures.end(), others.begin(), results.begin(), compare);
  return Summarize(std::move(results));
}

}  // namespace ringcached::summary
