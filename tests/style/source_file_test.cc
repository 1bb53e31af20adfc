#include "tests/style/source_file.h"

#include <gtest/gtest.h>

namespace ringcached::style {
namespace {

TEST(BlankTest, LeavesCodeAsItIs) {
  EXPECT_EQ(BlankCommentsAndLiterals("int a = b / c;\n"), "int a = b / c;\n");
}

TEST(BlankTest, BlanksComments) {
  EXPECT_EQ(BlankCommentsAndLiterals("a  // b\nc"), "a      \nc");
  EXPECT_EQ(BlankCommentsAndLiterals("a/*b\nc*/d"), "a   \n   d");
}

TEST(BlankTest, BlanksLiteralsButNotTheirQuotes) {
  EXPECT_EQ(BlankCommentsAndLiterals(R"(f("a{", 'b');)"), R"(f("  ", ' ');)");
  EXPECT_EQ(BlankCommentsAndLiterals(R"(f("\"{");)"), R"(f("   ");)");
  EXPECT_EQ(BlankCommentsAndLiterals(R"(f('\'', x);)"), R"(f('  ', x);)");
}

TEST(BlankTest, BlanksRawStrings) {
  EXPECT_EQ(BlankCommentsAndLiterals("f(R\"x({)\"})x\");"), "f(           );");
}

TEST(BlankTest, KnowsDigitSeparators) {
  EXPECT_EQ(BlankCommentsAndLiterals("a(1'000'000); b('c');"), "a(1'000'000); b(' ');");
}

TEST(SourceFileTest, SplitsLines) {
  const SourceFile file = MakeSourceFile("storage/a.cc", "one\n\nthree // 3\n");
  ASSERT_EQ(file.lines.size(), 3u);
  EXPECT_EQ(file.lines[2], "three // 3");
  EXPECT_EQ(file.code[2], "three     ");
}

TEST(SourceFileTest, TellsFoldersAndKinds) {
  EXPECT_EQ(TopFolder("server/io/ring.h"), "server");
  EXPECT_EQ(TopFolder("Makefile"), "");
  EXPECT_TRUE(IsHeader(MakeSourceFile("a.h", "")));
  EXPECT_TRUE(IsImplementation(MakeSourceFile("a.cc", "")));
  EXPECT_FALSE(IsCode(MakeSourceFile("README.md", "")));
}

}  // namespace
}  // namespace ringcached::style
