// The style rules of the repository. Each is a pure function from a file to what is wrong with it,
// so that each is itself tested on small bad files.

#ifndef RINGCACHED_TESTS_STYLE_RULES_H_
#define RINGCACHED_TESTS_STYLE_RULES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "tests/style/source_file.h"

namespace ringcached::style {

struct Finding {
  std::string path;
  std::size_t line = 0;  // counted from 1; 0 for the file as a whole
  std::string message;
};

using Findings = std::vector<Finding>;

// Includes go from server/ to protocol/ to storage/ and never back; those three include nothing of
// tests/ and bench/; our headers are included from the repository's root, in quotes; only server/io
// includes <liburing.h>.
Findings CheckIncludes(const SourceFile& file);

// A header's guard is its path: RINGCACHED_STORAGE_CACHE_H_ in storage/cache.h.
Findings CheckIncludeGuard(const SourceFile& file);

// No clock and no output below server/, no sleep outside bench/, no throw in what ships, no
// using-directive anywhere.
Findings CheckBannedCode(const SourceFile& file);

// No trailing white space, no tab, a line end at the end.
Findings CheckWhitespace(const SourceFile& file);

// No note about work that is left: such notes belong in the issue tracker.
Findings CheckUnfinishedMarks(const SourceFile& file);

// Targets list their files by name: no globbing in CMake files.
Findings CheckCMakeNamesFiles(const SourceFile& file);

// Every implementation file in `files` is named by the nearest CMake list above it, those in
// *.cmake files of that folder included; every header in `files` is included by one of `files`.
Findings CheckNoDeadFiles(const std::vector<SourceFile>& files);

Findings CheckFileSize(const SourceFile& file, std::size_t max_file_lines);

struct FunctionLimits {
  std::size_t max_function_lines;
  std::size_t long_function_lines;         // a function with more lines is long
  std::size_t max_long_functions_percent;  // of all functions
};

// REQUIRES: limits.long_function_lines <= limits.max_function_lines.
Findings CheckFunctionSizes(const std::vector<SourceFile>& files, const FunctionLimits& limits);

}  // namespace ringcached::style

#endif  // RINGCACHED_TESTS_STYLE_RULES_H_
