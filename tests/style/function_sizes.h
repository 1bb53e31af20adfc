// Finds the functions of a source file by its braces and measures them.

#ifndef RINGCACHED_TESTS_STYLE_FUNCTION_SIZES_H_
#define RINGCACHED_TESTS_STYLE_FUNCTION_SIZES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "tests/style/source_file.h"

namespace ringcached::style {

struct FunctionSize {
  std::string name;
  std::size_t first_line = 0;  // of the line with the opening brace, counted from 1
  std::size_t lines = 0;       // from the opening brace's line to the closing brace's
};

// Returns the function definitions of `file` in order. Lambdas, local classes and blocks count as
// part of the function around them. This is a measure, not a parser: it knows a function by a
// brace, outside any other function, after what looks like the end of a parameter list.
std::vector<FunctionSize> MeasureFunctions(const SourceFile& file);

}  // namespace ringcached::style

#endif  // RINGCACHED_TESTS_STYLE_FUNCTION_SIZES_H_
