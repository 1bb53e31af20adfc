// What is printed of a comparison: a row against the reference and, where there is a target for it,
// one against the floor, and what share of the reference's figure the floor's is.

#ifndef RINGCACHED_BENCH_COMPARE_ROWS_H_
#define RINGCACHED_BENCH_COMPARE_ROWS_H_

#include <string>
#include <string_view>

#include "bench/compare/contest.h"
#include "bench/compare/loads.h"

namespace ringcached::compare {

// Of words: the load, what was measured, against whom, the two figures' medians, the ratio's
// median, lowest and highest, the most that is wanted, and whether that is met.
std::string ReferenceRow(const Load& load, std::string_view reference, const Figures& figures);
// The floor's own figure against the reference: on that machine nobody can do with less. Without
// a target. REQUIRES: figures.floor not empty.
std::string FloorShareRow(const Load& load, std::string_view reference, const Figures& figures);
// The judged one against "floor", or, where the target is in microseconds, against "floor_us", with
// differences instead of ratios.
// REQUIRES: load.floor, figures.floor not empty.
std::string FloorRow(const Load& load, const Figures& figures);

}  // namespace ringcached::compare

#endif  // RINGCACHED_BENCH_COMPARE_ROWS_H_
