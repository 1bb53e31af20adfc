#include "tests/style/function_sizes.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ringcached::style {
namespace {

std::vector<FunctionSize> Measure(std::string_view text) {
  return MeasureFunctions(MakeSourceFile("storage/a.cc", std::string(text)));
}

std::string Names(std::string_view text) {
  std::string names;
  for (const FunctionSize& function : Measure(text)) names += function.name + " ";
  return names;
}

TEST(FunctionSizesTest, CountsFromBraceToBrace) {
  const auto functions = Measure("int a;\nvoid F(int b,\n       int c) {\n  if (b) {\n  }\n}\n");
  ASSERT_EQ(functions.size(), 1u);
  EXPECT_EQ(functions[0].name, "F");
  EXPECT_EQ(functions[0].first_line, 3u);
  EXPECT_EQ(functions[0].lines, 4u);
}

TEST(FunctionSizesTest, FindsMembersOfClassesInNamespaces) {
  EXPECT_EQ(Names("namespace a {\nclass B : public C {\n public:\n  B() = default;\n"
                  "  int D() const { return d_; }\n  void E() override {}\n};\n}\n"),
            "D E ");
}

TEST(FunctionSizesTest, TreatsInitializersAsPartOfTheDeclaration) {
  EXPECT_EQ(Names("A::A(int b) : b_{b}, c_(b) {\n}\nint d{3};\nint e[] = {1, 2};\n"), "A::A ");
  EXPECT_EQ(Names("const Table kTable = Table{F(1), {2, 3}};\nvoid G() {}\n"), "G ");
}

TEST(FunctionSizesTest, CountsLambdasInTheirFunction) {
  EXPECT_EQ(Names("void F() {\n  auto g = [](int h) {\n    return h;\n  };\n}\n"), "F ");
}

TEST(FunctionSizesTest, KnowsTemplatesAndTrailingTypes) {
  EXPECT_EQ(Names("template <class T>\nT F(T t) {\n}\nauto G() -> std::vector<int> {\n}\n"),
            "F G ");
  EXPECT_EQ(Names("template <typename T>\nclass H {\n  T I() noexcept { return {}; }\n};\n"), "I ");
}

TEST(FunctionSizesTest, KnowsOperators) {
  EXPECT_EQ(Names("A& A::operator=(A&& b) noexcept {\n}\nvoid A::operator()(int b) const {}\n"),
            "A::operator= A::operator() ");
}

TEST(FunctionSizesTest, SkipsDirectivesLiteralsAndComments) {
  EXPECT_EQ(Names("#define A(b) {\\\n  {\nvoid F() { Use(\"{\"); }  // {\nvoid G() {}\n"), "F G ");
}

}  // namespace
}  // namespace ringcached::style
