// Each rule is shown a small file that breaks it and one that does not.

#include "tests/style/rules.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace ringcached::style {
namespace {

SourceFile File(std::string path, std::string text) {
  return MakeSourceFile(std::move(path), std::move(text));
}

std::string Repeat(const std::string& text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) repeated += text;
  return repeated;
}

std::size_t IncludeFindings(std::string path, std::string text) {
  return CheckIncludes(File(std::move(path), std::move(text))).size();
}

TEST(IncludesTest, GoDownOnly) {
  EXPECT_EQ(IncludeFindings("server/a.cc", "#include \"protocol/b.h\"\n"), 0u);
  EXPECT_EQ(IncludeFindings("protocol/a.cc", "#include \"storage/b.h\"\n"), 0u);
  EXPECT_EQ(IncludeFindings("tests/server/a.cc", "#include \"server/b.h\"\n"), 0u);
  EXPECT_EQ(IncludeFindings("storage/a.cc", "#include \"protocol/b.h\"\n"), 1u);
  EXPECT_EQ(IncludeFindings("protocol/a.cc", "# include \"server/b.h\"\n"), 1u);
  EXPECT_EQ(IncludeFindings("server/a.cc", "#include \"tests/b.h\"\n"), 1u);
  EXPECT_EQ(IncludeFindings("storage/a.cc", "#include \"bench/b.h\"\n"), 1u);
}

TEST(IncludesTest, StartAtTheRoot) {
  EXPECT_EQ(IncludeFindings("storage/a.cc", "#include \"absl/strings/str_cat.h\"\n"), 0u);
  EXPECT_EQ(IncludeFindings("storage/a.cc", "#include \"b.h\"\n"), 1u);
  EXPECT_EQ(IncludeFindings("storage/a.cc", "#include <storage/b.h>\n"), 1u);
}

TEST(IncludesTest, KeepTheRingInItsFolder) {
  EXPECT_EQ(IncludeFindings("server/io/a.cc", "#include <liburing.h>\n"), 0u);
  EXPECT_EQ(IncludeFindings("bench/floor/a.cc", "#include <liburing.h>\n"), 0u);
  EXPECT_EQ(IncludeFindings("bench/load/a.cc", "#include <liburing.h>\n"), 1u);
  EXPECT_EQ(IncludeFindings("server/net/a.cc", "#include <liburing.h>\n"), 1u);
  EXPECT_EQ(IncludeFindings("tests/server/a.cc", "#include <liburing.h>\n"), 1u);
}

TEST(IncludeGuardTest, IsThePath) {
  const std::string guard = "RINGCACHED_STORAGE_A_B_H_";
  const std::string good =
      "// Prose.\n#ifndef " + guard + "\n#define " + guard + "\n#endif  // " + guard + "\n";
  EXPECT_TRUE(CheckIncludeGuard(File("storage/a_b.h", good)).empty());
  EXPECT_EQ(CheckIncludeGuard(File("storage/c.h", good)).size(), 1u);
  EXPECT_EQ(CheckIncludeGuard(File("storage/a_b.h", "#pragma once\n")).size(), 1u);
}

std::size_t BannedFindings(std::string path, std::string text) {
  return CheckBannedCode(File(std::move(path), std::move(text))).size();
}

TEST(BannedCodeTest, NoClockBelowTheServer) {
  EXPECT_EQ(BannedFindings("storage/a.cc", "clock_gettime(CLOCK_MONOTONIC, &t);\n"), 1u);
  EXPECT_EQ(BannedFindings("storage/a.cc", "auto t = std::chrono::steady_clock::now();\n"), 1u);
  EXPECT_EQ(BannedFindings("protocol/a.cc", "return Clock::now();\n"), 1u);
  EXPECT_EQ(BannedFindings("protocol/a.cc", "return std::time(nullptr);\n"), 1u);
  EXPECT_EQ(BannedFindings("protocol/a.cc", "return absl::Now();\n"), 1u);
  EXPECT_EQ(BannedFindings("protocol/a.cc", "// clock_gettime( is not called\n"), 0u);
  EXPECT_EQ(BannedFindings("protocol/a.cc", "return expire_time(0) + item.time(0);\n"), 0u);
  EXPECT_EQ(BannedFindings("server/a.cc", "return std::time(nullptr);\n"), 0u);
}

TEST(BannedCodeTest, NoOutputBelowTheServer) {
  EXPECT_EQ(BannedFindings("storage/a.cc", "std::cout << 1;\n"), 1u);
  EXPECT_EQ(BannedFindings("protocol/a.cc", "std::printf(\"1\");\n"), 1u);
  EXPECT_EQ(BannedFindings("protocol/a.cc", "std::snprintf(p, n, \"1\");\n"), 0u);
  EXPECT_EQ(BannedFindings("server/a.cc", "std::cout << 1;\n"), 0u);
}

TEST(BannedCodeTest, NoThrowNoUsingDirectiveNoSleep) {
  EXPECT_EQ(BannedFindings("server/a.cc", "throw 1;\n"), 1u);
  EXPECT_EQ(BannedFindings("tests/a.cc", "using namespace std;\n"), 1u);
  EXPECT_EQ(BannedFindings("tests/a.cc", "std::this_thread::sleep_for(1s);\n"), 1u);
  EXPECT_EQ(BannedFindings("server/a.cc", "usleep(1);\n"), 1u);
  EXPECT_EQ(BannedFindings("server/a.cc", "const char* s = \"throw\";  // throw\n"), 0u);
}

TEST(WhitespaceTest, IsClean) {
  EXPECT_TRUE(CheckWhitespace(File("a.cc", "int a;\n\nint b;\n")).empty());
  EXPECT_EQ(CheckWhitespace(File("a.cc", "int a; \n")).size(), 1u);
  EXPECT_EQ(CheckWhitespace(File("a.cc", "int a;\r\n")).size(), 1u);
  EXPECT_EQ(CheckWhitespace(File("a.cc", "\tint a;\n")).size(), 1u);
  EXPECT_EQ(CheckWhitespace(File("a.cc", "int a;")).size(), 1u);
}

TEST(UnfinishedMarksTest, AreFoundInComments) {
  EXPECT_EQ(CheckUnfinishedMarks(File("a.cc",
                                      "// TO"
                                      "DO: more\n"))
                .size(),
            1u);
  EXPECT_EQ(CheckUnfinishedMarks(File("a.cc",
                                      "// FIX"
                                      "ME\n"))
                .size(),
            1u);
  EXPECT_TRUE(CheckUnfinishedMarks(File("a.cc", "// done\n")).empty());
}

TEST(CMakeNamesFilesTest, FindsGlobbing) {
  EXPECT_EQ(CheckCMakeNamesFiles(File("storage/CMakeLists.txt", "file(GLOB a *.cc)\n")).size(), 1u);
  EXPECT_TRUE(CheckCMakeNamesFiles(File("storage/CMakeLists.txt", "add(a.cc)\n")).empty());
}

TEST(DeadFilesTest, AcceptsFilesNamedHereOrAbove) {
  const auto findings = CheckNoDeadFiles({File("storage/CMakeLists.txt", "add(a.cc sub/b.cc)\n"),
                                          File("storage/a.cc", "#include \"storage/a.h\"\n"),
                                          File("storage/a.h", ""), File("storage/sub/b.cc", "")});
  EXPECT_TRUE(findings.empty());
}

TEST(DeadFilesTest, LooksBehindVariables) {
  const auto findings =
      CheckNoDeadFiles({File("bench/a.cmake", "add(${FOLDER}/a.cc)\n"), File("bench/a.cc", "")});
  EXPECT_TRUE(findings.empty());
}

TEST(DeadFilesTest, FindsSourcesThatNothingNames) {
  EXPECT_EQ(CheckNoDeadFiles({File("storage/a.cc", "")}).size(), 1u);
  EXPECT_EQ(CheckNoDeadFiles(
                {File("storage/CMakeLists.txt", "add(ba.cc) # a.cc\n"), File("storage/a.cc", "")})
                .size(),
            1u);
  EXPECT_EQ(CheckNoDeadFiles({File("storage/a.h", "")}).size(), 1u);
}

TEST(FileSizeTest, CountsLines) {
  EXPECT_TRUE(CheckFileSize(File("a.cc", Repeat("int a;\n", 10)), 10).empty());
  EXPECT_EQ(CheckFileSize(File("a.cc", Repeat("int a;\n", 11)), 10).size(), 1u);
}

SourceFile FunctionOfLines(int lines) {
  return File("a.cc", "void F() {\n" + Repeat("  G();\n", lines - 2) + "}\n");
}

TEST(FunctionSizesTest, HaveALongest) {
  const FunctionLimits limits{
      .max_function_lines = 10, .long_function_lines = 10, .max_long_functions_percent = 100};
  EXPECT_TRUE(CheckFunctionSizes({FunctionOfLines(10)}, limits).empty());
  EXPECT_EQ(CheckFunctionSizes({FunctionOfLines(11)}, limits).size(), 1u);
}

TEST(FunctionSizesTest, AreMostlyShort) {
  const FunctionLimits limits{
      .max_function_lines = 100, .long_function_lines = 5, .max_long_functions_percent = 50};
  EXPECT_TRUE(CheckFunctionSizes({FunctionOfLines(5), FunctionOfLines(6)}, limits).empty());
  EXPECT_EQ(CheckFunctionSizes({FunctionOfLines(6), FunctionOfLines(6)}, limits).size(), 1u);
}

}  // namespace
}  // namespace ringcached::style
