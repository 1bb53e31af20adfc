#include "tests/transcripts/transcript.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcached::transcripts {
namespace {

TEST(ParseTranscript, ReadsEveryKindOfStep) {
  const auto transcript = ParseTranscript("t.txt",
                                          "# A note.\n"
                                          "\n"
                                          "> set a 0 0 1\n"
                                          "> x\n"
                                          "< STORED\n"
                                          "+ cmd_set 1\n"
                                          "+ get_hits 0\n"
                                          "@ +5s\n"
                                          "> quit\n"
                                          "@ closed\n");
  ASSERT_TRUE(transcript.ok()) << transcript.status();
  ASSERT_EQ(transcript->steps.size(), 6u);
  EXPECT_EQ(transcript->steps[0].line, 3u);
  EXPECT_EQ(transcript->steps[0].source, "set a 0 0 1\nx\n");
  EXPECT_EQ(std::get<Send>(transcript->steps[0].action).text[0].text, "set a 0 0 1\r\nx\r\n");
  EXPECT_EQ(std::get<Expect>(transcript->steps[1].action).text[0].text, "STORED\r\n");
  const auto& deltas = std::get<CheckCounters>(transcript->steps[2].action).deltas;
  ASSERT_EQ(deltas.size(), 2u);
  EXPECT_EQ(deltas[0].name, "cmd_set");
  EXPECT_EQ(deltas[0].difference, 1);
  EXPECT_EQ(std::get<AdvanceClock>(transcript->steps[3].action).seconds, 5u);
  EXPECT_TRUE(std::holds_alternative<ExpectClose>(transcript->steps[5].action));
  EXPECT_TRUE(MovesClock(*transcript));
}

TEST(ParseTranscript, NamesTheLineThatItDoesNotUnderstand) {
  for (const char* const line :
       {"? what", "+ cmd_set", "+ cmd_set x", "@ +5", "@ +-5s", "@ open", "> {x", "< \\q"}) {
    const auto transcript = ParseTranscript("t.txt", std::string("> get a\n") + line + "\n");
    ASSERT_FALSE(transcript.ok()) << line;
    EXPECT_NE(transcript.status().message().find("t.txt:2: "), absl::string_view::npos) << line;
  }
}

TEST(TranscriptPaths, AreThere) { EXPECT_GT(TranscriptPaths().size(), 10u); }

}  // namespace
}  // namespace ringcached::transcripts
