#include "tests/transcripts/text_template.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcached::transcripts {
namespace {

TextTemplate Parse(std::string_view line) {
  TextTemplate text;
  const absl::Status status = AppendTemplateLine(line, &text);
  EXPECT_TRUE(status.ok()) << status;
  return text;
}

std::string Fill(std::string_view line) {
  Bindings bindings;
  bindings.unix_seconds = 1000;
  bindings.cas_numbers["a"] = "17";
  std::string bytes;
  const absl::Status status = FillTemplate(Parse(line), bindings, &bytes);
  return status.ok() ? bytes : "refused";
}

TEST(TextTemplate, EndsEachLine) {
  EXPECT_EQ(Fill("get a"), "get a\r\n");
  EXPECT_EQ(Fill(""), "\r\n");
  EXPECT_EQ(Fill("get a\\n\\"), "get a\n");
  EXPECT_EQ(Fill("a backslash\\\\"), "a backslash\\\r\n");
}

TEST(TextTemplate, Unescapes) {
  EXPECT_EQ(Fill(R"(\r\n\t\0\x01\xff\\\{\}\)"), std::string("\r\n\t\0\x01\xff\\{}", 9));
}

TEST(TextTemplate, FillsPlaceholders) {
  EXPECT_EQ(Fill("<{x*3}|{ab*2}|{\\x00*2}>"), std::string("<xxx|abab|\0\0>\r\n", 15));
  EXPECT_EQ(Fill("{now} {now+5} {now-1}"), "1000 1005 999\r\n");
  EXPECT_EQ(Fill("cas k 0 0 1 {cas:a}"), "cas k 0 0 1 17\r\n");
  EXPECT_EQ(Fill("cas k 0 0 1 {cas:b}"), "refused");
  EXPECT_EQ(Fill("{any}"), "refused");
}

TEST(TextTemplate, RefusesWhatItDoesNotUnderstand) {
  for (const char* const line : {"\\q", "\\x1", "\\xzz", "{open", "{what}", "{x*}", "{x*-1}",
                                 "{x*99999999999}", "{now+x}"}) {
    TextTemplate text;
    EXPECT_FALSE(AppendTemplateLine(line, &text).ok()) << line;
  }
}

class Matching : public testing::Test {
 protected:
  void Expect(std::string_view line) { ASSERT_TRUE(AppendTemplateLine(line, &text_).ok()) << line; }
  MatchResult Match(std::string_view received) {
    matched_bytes_ = 0;
    return MatchTemplate(text_, received, &bindings_, &matched_bytes_);
  }

  TextTemplate text_;
  Bindings bindings_;
  size_t matched_bytes_ = 0;
};

TEST_F(Matching, Bytes) {
  Expect("STORED");
  EXPECT_EQ(Match(""), MatchResult::kNeedMore);
  EXPECT_EQ(Match("STORED\r"), MatchResult::kNeedMore);
  EXPECT_EQ(Match("NOT_STORED\r\n"), MatchResult::kMismatch);
  EXPECT_EQ(Match("STORED\n"), MatchResult::kMismatch);
  EXPECT_EQ(Match("STORED\r\nEND\r\n"), MatchResult::kMatch);
  EXPECT_EQ(matched_bytes_, 8u);
}

TEST_F(Matching, RestOfTheLine) {
  Expect("VERSION {any}");
  EXPECT_EQ(Match("VERSION 1.6"), MatchResult::kNeedMore);
  EXPECT_EQ(Match("VERSION 1.6\r\n"), MatchResult::kMatch);
  EXPECT_EQ(Match("VERSION \r\n"), MatchResult::kMismatch);
}

TEST_F(Matching, AWord) {
  Expect("la={word} cas");
  EXPECT_EQ(Match("la=12"), MatchResult::kNeedMore);
  EXPECT_EQ(Match("la=12 cas\r\n"), MatchResult::kMatch);
  EXPECT_EQ(Match("la= cas\r\n"), MatchResult::kMismatch);
}

TEST_F(Matching, ATimeToLiveThatHasRunDownALittle) {
  Expect("t{ttl:100}");
  EXPECT_EQ(Match("t10"), MatchResult::kNeedMore);
  for (const char* line : {"t100\r\n", "t99\r\n", "t80\r\n"}) {
    EXPECT_EQ(Match(line), MatchResult::kMatch) << line;
  }
  for (const char* line : {"t101\r\n", "t79\r\n", "t-1\r\n", "t\r\n"}) {
    EXPECT_EQ(Match(line), MatchResult::kMismatch) << line;
  }
}

TEST_F(Matching, AnyLines) {
  Expect("STAT a 1");
  Expect("...");
  Expect("STAT z {any}");
  Expect("END");
  EXPECT_EQ(Match("STAT a 1\r\nSTAT z 2\r\nEND\r\n"), MatchResult::kMatch);
  EXPECT_EQ(Match("STAT a 1\r\nSTAT b 2\r\nSTAT z 2\r\nEND\r\n"), MatchResult::kMatch);
  EXPECT_EQ(Match("STAT a 1\r\nSTAT b 2\r\nSTAT z 2\r\n"), MatchResult::kNeedMore);
  EXPECT_EQ(Match("STAT a 1\r\nSTAT b 2\r\nEND\r\n"), MatchResult::kNeedMore);
  EXPECT_EQ(Match("STAT b 1\r\n"), MatchResult::kMismatch);
}

TEST_F(Matching, CasNumbersAreTheSameUnderOneNameAndDifferUnderTwo) {
  Expect("{cas:a} {cas:a} {cas:b}");
  EXPECT_EQ(Match("1 2 3\r\n"), MatchResult::kMismatch);
  EXPECT_EQ(Match("1 1 1\r\n"), MatchResult::kMismatch);
  EXPECT_EQ(Match(" 1 1\r\n"), MatchResult::kMismatch);
  EXPECT_EQ(Match("1 1 2"), MatchResult::kNeedMore);
  EXPECT_TRUE(bindings_.cas_numbers.empty());
  EXPECT_EQ(Match("1 1 2\r\n"), MatchResult::kMatch);
  EXPECT_EQ(bindings_.cas_numbers["b"], "2");
  EXPECT_EQ(Match("3 3 2\r\n"), MatchResult::kMismatch);
}

TEST(Printable, EscapesAndShortens) {
  EXPECT_EQ(Printable("a\r\n\x01\xff"), "a\\r\\n\\x01\\xff");
  EXPECT_EQ(Printable("abcdef", 3), "abc... (6 bytes in all)");
}

}  // namespace
}  // namespace ringcached::transcripts
