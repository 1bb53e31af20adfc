// The result of a run, for people and as lines of "name value" for programs.

#ifndef RINGCACHED_BENCH_LOAD_REPORT_H_
#define RINGCACHED_BENCH_LOAD_REPORT_H_

#include <string>

#include "bench/load/options.h"
#include "bench/load/run.h"

namespace ringcached::load {

std::string Summary(const Options& options, const Result& result);
std::string Lines(const Options& options, const Result& result);

// Whether every reply of the run came and was right.
bool Passed(const Options& options, const Result& result);

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_REPORT_H_
