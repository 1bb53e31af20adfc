// The result of a run as lines of "name value", for people and for scripts.

#ifndef RINGCACHED_BENCH_LOAD_REPORT_H_
#define RINGCACHED_BENCH_LOAD_REPORT_H_

#include <string>

#include "bench/load/options.h"
#include "bench/load/run.h"

namespace ringcached::load {

std::string Report(const Options& options, const Result& result);

// Whether every reply of the run came and was right.
bool Passed(const Options& options, const Result& result);

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_REPORT_H_
