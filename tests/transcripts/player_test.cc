// The player notices what is wrong: each test plays a transcript that a correct server cannot
// follow.

#include "tests/transcripts/player.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/transcripts/session_wire.h"

namespace ringcached::transcripts {
namespace {

std::string PlayText(std::string_view text) {
  const auto transcript = ParseTranscript("t.txt", text);
  if (!transcript.ok()) return transcript.status().ToString();
  SessionWire wire;
  return std::string(Play(*transcript, wire).message());
}

bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(Player, AcceptsWhatIsRight) {
  EXPECT_EQ(PlayText("> set a 0 0 1\n> x\n< STORED\n+ cmd_set 1\n> quit\n@ closed\n"), "");
}

TEST(Player, NoticesAWrongReply) {
  const std::string message = PlayText("> get a\n< VALUE a 0 1\n");
  EXPECT_TRUE(Contains(message, "t.txt:2: replied END\\r\\n")) << message;
  EXPECT_TRUE(Contains(message, "get a")) << message;
}

TEST(Player, NoticesAMissingReply) {
  EXPECT_TRUE(Contains(PlayText("> get a\n< END\n< END\n"), "fell silent"));
}

TEST(Player, NoticesAnExtraReply) {
  EXPECT_TRUE(Contains(PlayText("> get a\n> get b\n< END\n"), "unexpected bytes: END"));
  EXPECT_TRUE(Contains(PlayText("> get a\n> get b\n< END\n> get c\n< END\n"), "unexpected bytes"));
  EXPECT_TRUE(Contains(PlayText("> get a\n"), "at the end: replied END"));
}

TEST(Player, NoticesACloseAndItsAbsence) {
  EXPECT_TRUE(Contains(PlayText("> quit\n< OK\n"), "closed after replying ''"));
  EXPECT_TRUE(Contains(PlayText("> version\n< VERSION {any}\n@ closed\n"), "does not close"));
  EXPECT_TRUE(Contains(PlayText("> get a\n> quit\n@ closed\n"), "bytes in place of a close: END"));
}

TEST(Player, NoticesAWrongCounter) {
  EXPECT_TRUE(Contains(PlayText("> get a\n< END\n+ get_hits 1\n"), "get_hits has moved by 0"));
  EXPECT_TRUE(Contains(PlayText("> get a\n< END\n+ get_nothing 1\n"), "no counter get_nothing"));
}

TEST(Player, CountsFromTheLastCheck) {
  EXPECT_EQ(PlayText("> get a\n< END\n+ get_misses 1\n> get a\n< END\n+ get_misses 1\n"), "");
}

TEST(Player, OpensANewConnectionWhenTheClientLeaves) {
  EXPECT_EQ(PlayText("> set a 0 0 9\n@ leave\n> get a\n< END\n"), "");
}

TEST(Player, OpensANewConnectionBehindAClose) {
  EXPECT_EQ(PlayText("> quit\n@ closed\n> get a\n< END\n"), "");
}

}  // namespace
}  // namespace ringcached::transcripts
