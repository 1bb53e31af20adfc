// The rules, applied to this repository.

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/style/rules.h"
#include "tests/style/source_file.h"

namespace ringcached::style {
namespace {

// What the sources of the three layers may grow to. Lower a number when the code allows it; never
// raise one.
constexpr std::size_t kMaxFileLines = 450;
constexpr FunctionLimits kFunctionLimits{
    .max_function_lines = 70,
    .long_function_lines = 40,
    .max_long_functions_percent = 2,
};

// Every source of the repository, read once.
const std::vector<SourceFile>& Tree() {
  static const auto& tree = *new std::vector<SourceFile>(
      LoadTree(RINGCACHED_SOURCE_DIR,
               {"storage", "protocol", "server", "tests", "bench", "cmake", "config", "setup"}));
  return tree;
}

std::vector<SourceFile> LayerSources() {
  std::vector<SourceFile> sources;
  for (const SourceFile& file : Tree()) {
    const std::string_view folder = TopFolder(file.path);
    const bool in_layer = folder == "storage" || folder == "protocol" || folder == "server";
    if (in_layer && IsCode(file)) sources.push_back(file);
  }
  return sources;
}

void ExpectNone(const Findings& findings) {
  for (const Finding& finding : findings) {
    ADD_FAILURE() << finding.path << ":" << finding.line << ": " << finding.message;
  }
}

TEST(SourceTreeTest, IsFound) {
  EXPECT_FALSE(LayerSources().empty()) << "no source in " << RINGCACHED_SOURCE_DIR;
}

TEST(SourceTreeTest, IncludesFollowTheLayers) {
  for (const SourceFile& file : Tree()) ExpectNone(CheckIncludes(file));
}

TEST(SourceTreeTest, IncludeGuardsAreThePaths) {
  for (const SourceFile& file : Tree()) ExpectNone(CheckIncludeGuard(file));
}

TEST(SourceTreeTest, HasNoBannedCode) {
  for (const SourceFile& file : Tree()) ExpectNone(CheckBannedCode(file));
}

TEST(SourceTreeTest, WhitespaceIsClean) {
  for (const SourceFile& file : Tree()) {
    if (IsCode(file) || IsCMake(file) || TopFolder(file.path) == "setup") {
      ExpectNone(CheckWhitespace(file));
    }
  }
}

TEST(SourceTreeTest, HasNoUnfinishedMarks) {
  for (const SourceFile& file : Tree()) ExpectNone(CheckUnfinishedMarks(file));
}

TEST(SourceTreeTest, CMakeNamesFiles) {
  for (const SourceFile& file : Tree()) ExpectNone(CheckCMakeNamesFiles(file));
}

TEST(SourceTreeTest, HasNoDeadFiles) { ExpectNone(CheckNoDeadFiles(Tree())); }

TEST(SourceTreeTest, FilesStaySmall) {
  for (const SourceFile& file : LayerSources()) ExpectNone(CheckFileSize(file, kMaxFileLines));
}

TEST(SourceTreeTest, FunctionsStayShort) {
  ExpectNone(CheckFunctionSizes(LayerSources(), kFunctionLimits));
}

}  // namespace
}  // namespace ringcached::style
