#include "bench/compare/rows.h"

#include <functional>
#include <string_view>

#include "absl/strings/str_format.h"
#include "bench/summary/summary.h"

namespace ringcached::compare {
namespace {

std::string WhatOf(const Load& load, const Figures& figures) {
  std::string what = load.figure == Figure::kP999 ? "p99.9_us"
                     : load.mix.keys_per_get > 1  ? "cpu_us/key"
                                                  : "cpu_us/request";
  if (figures.rate > 0) absl::StrAppendFormat(&what, "_at_%.0f/s", figures.rate);
  return what;
}

std::string Row(const Load& load, std::string_view other_name, const Figures& figures,
                const std::vector<double>& other, const summary::Summary& spread, double at_most) {
  return absl::StrFormat("%s %s %s %.3f %.3f %.3f %.3f %.3f %.2f %s\n", std::string(load.name),
                         WhatOf(load, figures), std::string(other_name),
                         summary::Summarize(figures.judged).median,
                         summary::Summarize(other).median, spread.median, spread.lowest,
                         spread.highest, at_most, spread.median <= at_most ? "passed" : "FAILED");
}

}  // namespace

std::string ReferenceRow(const Load& load, std::string_view reference, const Figures& figures) {
  const summary::Summary ratio =
      summary::SummarizePairs(figures.judged, figures.reference, std::divides<double>());
  return Row(load, reference, figures, figures.reference, ratio, load.at_most);
}

std::string FloorShareRow(const Load& load, std::string_view reference, const Figures& figures) {
  const summary::Summary ratio =
      summary::SummarizePairs(figures.floor, figures.reference, std::divides<double>());
  return absl::StrFormat(
      "%s floor_%s %s %.3f %.3f %.3f %.3f %.3f - -\n", std::string(load.name),
      WhatOf(load, figures), std::string(reference), summary::Summarize(figures.floor).median,
      summary::Summarize(figures.reference).median, ratio.median, ratio.lowest, ratio.highest);
}

std::string FloorRow(const Load& load, const Figures& figures) {
  const bool adds = load.floor->plus_us > 0;
  const summary::Summary spread =
      adds ? summary::SummarizePairs(figures.judged, figures.floor, std::minus<double>())
           : summary::SummarizePairs(figures.judged, figures.floor, std::divides<double>());
  return Row(load, adds ? "floor_us" : "floor", figures, figures.floor, spread,
             adds ? load.floor->plus_us : load.floor->factor);
}

}  // namespace ringcached::compare
