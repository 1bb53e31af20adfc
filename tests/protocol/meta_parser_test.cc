// What each flag of a meta command makes of the request. The words that clients get are in the
// transcripts meta_*.txt.

#include "protocol/meta_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace ringcached::protocol {
namespace {

struct Parsed {
  TextLine line;
  Request request;
  MetaReturns returns;
  MetaKeyBuffer key_buffer;
};

class ParseMetaLineTest : public testing::Test {
 protected:
  const Request& Parse(std::string_view line) {
    line_ = line;
    parsed_.line = ParseMetaLine(line_, line_.size() + 2, &parsed_.request, &parsed_.returns,
                                 &parsed_.key_buffer);
    return parsed_.request;
  }
  TextAction action() const { return parsed_.line.action; }
  OutcomeCode refusal() const { return parsed_.line.refusal; }
  const MetaReturns& returns() const { return parsed_.returns; }

  std::string line_;
  Parsed parsed_;
};

TEST(IsMetaLine, KnowsTheSixCommands) {
  for (const char* line : {"mn", "mg k", "ms k 1", "md k", "ma k", "me k", "mg", "mn x"}) {
    EXPECT_TRUE(IsMetaLine(line)) << line;
  }
  for (const char* line : {"", "m", "mx k", "MG k", "mget", "mg\tk", " mg k", "get mg"}) {
    EXPECT_FALSE(IsMetaLine(line)) << line;
  }
}

TEST_F(ParseMetaLineTest, Commands) {
  EXPECT_EQ(Parse("mn").command, Command::kNoop);
  EXPECT_EQ(Parse("mg k").command, Command::kGet);
  EXPECT_TRUE(Parse("mg k").elects);
  EXPECT_EQ(Parse("md k").command, Command::kDelete);
  EXPECT_EQ(Parse("me k").command, Command::kInspect);
  EXPECT_EQ(Parse("ma k").command, Command::kIncrement);
  EXPECT_EQ(Parse("ma k").delta, 1u);
  EXPECT_EQ(Parse("ma k MD").command, Command::kDecrement);
  EXPECT_EQ(Parse("ms k 7").command, Command::kSet);
  EXPECT_EQ(action(), TextAction::kReceiveValue);
  EXPECT_EQ(parsed_.request.value_bytes, 7u);
  EXPECT_TRUE(parsed_.request.drop_if_refused);
  EXPECT_FALSE(parsed_.request.elects);
}

TEST_F(ParseMetaLineTest, ModesOfStores) {
  EXPECT_EQ(Parse("ms k 1 MS").command, Command::kSet);
  EXPECT_EQ(Parse("ms k 1 ME").command, Command::kAdd);
  EXPECT_EQ(Parse("ms k 1 MR").command, Command::kReplace);
  EXPECT_EQ(Parse("ms k 1 MA").command, Command::kAppend);
  EXPECT_EQ(Parse("ms k 1 MP").command, Command::kPrepend);
  // A number to compare makes a cas of the two that would replace.
  EXPECT_EQ(Parse("ms k 1 C5").command, Command::kCas);
  EXPECT_EQ(Parse("ms k 1 MR C5").command, Command::kCas);
  EXPECT_EQ(Parse("ms k 1 ME C5").command, Command::kAdd);
  EXPECT_EQ(Parse("ms k 1 MA C5").command, Command::kAppend);
  EXPECT_EQ(parsed_.request.cas, 5u);
}

TEST_F(ParseMetaLineTest, AJoinThatVivifiesHasTheExptimeOfN) {
  EXPECT_EQ(Parse("ms k 1 MA N30 T60").exptime, 30);
  EXPECT_TRUE(parsed_.request.vivify);
  EXPECT_EQ(Parse("ms k 1 MA T60").exptime, 60);
  EXPECT_EQ(Parse("ms k 1 N30 T60").exptime, 60);
}

TEST_F(ParseMetaLineTest, ArgumentsOfFlags) {
  const Request& request = Parse("mg k T-5 N30 R60 C7 E8 F9 D10 J11");
  EXPECT_EQ(action(), TextAction::kExecute);
  EXPECT_TRUE(request.has_exptime);
  EXPECT_EQ(request.exptime, -5);
  EXPECT_TRUE(request.vivify);
  EXPECT_EQ(request.vivify_exptime, 30);
  EXPECT_EQ(request.refresh_exptime, 60);
  EXPECT_TRUE(request.has_cas);
  EXPECT_EQ(request.cas, 7u);
  EXPECT_TRUE(request.has_new_cas);
  EXPECT_EQ(request.new_cas, 8u);
  EXPECT_EQ(request.client_flags, 9u);
  EXPECT_EQ(request.delta, 10u);
  EXPECT_EQ(request.initial, 11u);
}

TEST_F(ParseMetaLineTest, PlainFlags) {
  const Request& request = Parse("md k q u I x");
  EXPECT_TRUE(request.quiet);
  EXPECT_TRUE(request.leaves_no_trace);
  EXPECT_TRUE(request.mark_stale);
  EXPECT_TRUE(request.keep_empty);
  const Request& plain = Parse("md k");
  EXPECT_FALSE(plain.quiet || plain.leaves_no_trace || plain.mark_stale || plain.keep_empty);
  EXPECT_FALSE(plain.has_cas || plain.has_exptime || plain.has_new_cas || plain.vivify);
}

TEST_F(ParseMetaLineTest, TheOrderOfTimesIsKept) {
  EXPECT_FALSE(Parse("mg k T1 N2").exptime_behind_vivify);
  EXPECT_TRUE(Parse("mg k N2 T1").exptime_behind_vivify);
  EXPECT_FALSE(Parse("mg k R2 T1").refresh_behind_exptime);
  EXPECT_TRUE(Parse("mg k T1 R2").refresh_behind_exptime);
}

TEST_F(ParseMetaLineTest, ReturnsAreInTheOrderOfTheRequest) {
  Parse("mg k v Oabc s k");
  EXPECT_EQ(returns().letters(), "vOsk");
  EXPECT_EQ(returns().opaque(), "Oabc");
  EXPECT_FALSE(returns().base64());
  EXPECT_TRUE(returns().Has('s'));
  EXPECT_FALSE(returns().Has('t'));
  Parse("mg k");
  EXPECT_EQ(returns().letters(), "");
}

TEST_F(ParseMetaLineTest, KeysInBase64AreDecoded) {
  EXPECT_EQ(Parse("mg YSBi b k").key.bytes, "a b");
  EXPECT_TRUE(returns().base64());
  EXPECT_EQ(Parse("ms YSBi 3 k b").key.bytes, "a b");
  EXPECT_EQ(Parse("me YSBi b").key.bytes, "a b");
  EXPECT_EQ(Parse("mg YSBi k").key.bytes, "YSBi");
  EXPECT_FALSE(returns().base64());
}

TEST_F(ParseMetaLineTest, TakesAsManyFlagsAsThereMayBe) {
  Parse("mg k c f h k l q s t v u O P L x I D1 b N1");
  EXPECT_EQ(refusal(), OutcomeCode::kBadKeyEncoding);
  Parse("mg Zm9v c f h k l q s t v u O P L x I D1 b N1");
  EXPECT_EQ(action(), TextAction::kExecute);
  EXPECT_EQ(returns().letters().size(), kMaxMetaFlags);
  Parse("mg Zm9v c f h k l q s t v u O P L x I D1 b N1 R1");
  EXPECT_EQ(refusal(), OutcomeCode::kTooManyFlags);
}

TEST_F(ParseMetaLineTest, ShortLinesAreBadlyFormed) {
  Request request;
  MetaReturns returns;
  MetaKeyBuffer key_buffer;
  EXPECT_EQ(ParseMetaLine("mn", 3, &request, &returns, &key_buffer).refusal,
            OutcomeCode::kBadFormat);
  EXPECT_EQ(ParseMetaLine("mn", 4, &request, &returns, &key_buffer).action, TextAction::kExecute);
}

TEST_F(ParseMetaLineTest, AStoreThatIsRefusedSwallowsItsValueIfItsLengthIsKnown) {
  Parse("ms k 5 Q");
  EXPECT_EQ(action(), TextAction::kSwallowValue);
  EXPECT_EQ(parsed_.request.value_bytes, 5u);
  Parse("ms k x");
  EXPECT_EQ(action(), TextAction::kRefuse);
  Parse("ms k 5 !");
  EXPECT_EQ(action(), TextAction::kRefuse);
}

}  // namespace
}  // namespace ringcached::protocol
