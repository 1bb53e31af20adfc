// What lines in brackets stand for, byte by byte.

#include "tests/transcripts/packet_template.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcached::transcripts {
namespace {

using std::string_literals::operator""s;

std::string Fill(std::string_view line) {
  TextTemplate text;
  EXPECT_TRUE(AppendPacketLine(line, kRequestMagic, &text).ok()) << line;
  Bindings bindings;
  bindings.cas_numbers["a"] = "258";
  std::string bytes;
  return FillTemplate(text, bindings, &bytes).ok() ? bytes : "refused";
}

TEST(PacketTemplate, FillsTheHeader) {
  EXPECT_EQ(Fill("[noop]"), "\x80\x0a"s + std::string(22, '\0'));
  EXPECT_EQ(Fill("[get key=ab opaque=0x01020304 cas={cas:a}]"),
            "\x80\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x02\x01\x02\x03\x04"
            "\x00\x00\x00\x00\x00\x00\x01\x02"
            "ab"s);
  EXPECT_EQ(Fill("[noop magic=1 key-bytes=2 extras-bytes=3 status=4 body-bytes=5 cas=6]"),
            "\x01\x0a\x00\x02\x03\x00\x00\x04\x00\x00\x00\x05\x00\x00\x00\x00"
            "\x00\x00\x00\x00\x00\x00\x00\x06"s);
}

TEST(PacketTemplate, PutsExtrasKeyAndValueInTheirPlaces) {
  const std::string packet = Fill("[set value={x*3} key=\"a \\0b\" flags=1 exptime=0x203]");
  EXPECT_EQ(packet.substr(kPacketHeaderBytes),
            "\x00\x00\x00\x01\x00\x00\x02\x03"
            "a \0bxxx"s);
  EXPECT_EQ(packet.substr(2, 3), "\x00\x04\x08"s);
  EXPECT_EQ(Fill("[incr extras=01,0203 delta=4 number=5]").substr(kPacketHeaderBytes),
            "\x01\x02\x03\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x05"s);
}

TEST(PacketTemplate, RefusesWhatItDoesNotUnderstand) {
  for (const char* const line :
       {"[]", "[what]", "[27]", "[0x100]", "[get key]", "[get what=1]", "[get key=\"a]",
        "[get opaque=x]", "[get opaque=0x100000000]", "[get extras=0]", "[get extras=0g]",
        "[get cas={cas:}]", "[get cas={cas:a]", "[get key={any}]", "[get key=\\q]"}) {
    TextTemplate text;
    EXPECT_FALSE(AppendPacketLine(line, kRequestMagic, &text).ok()) << line;
  }
  EXPECT_EQ(Fill("[get cas={cas:b}]"), "refused");
  EXPECT_EQ(Fill("[get value={any}]"), "refused");
  EXPECT_EQ(Fill("[...]"), "refused");
}

class PacketMatching : public testing::Test {
 protected:
  void Expect(std::string_view line) {
    ASSERT_TRUE(AppendPacketLine(line, kResponseMagic, &text_).ok()) << line;
  }
  // What the server sends.
  static std::string Response(std::string_view line) {
    TextTemplate text;
    EXPECT_TRUE(AppendPacketLine(line, kResponseMagic, &text).ok()) << line;
    std::string bytes;
    EXPECT_TRUE(FillTemplate(text, {}, &bytes).ok()) << line;
    return bytes;
  }
  MatchResult Match(std::string_view received) {
    return MatchTemplate(text_, received, &bindings_, &matched_bytes_);
  }

  TextTemplate text_;
  Bindings bindings_;
  size_t matched_bytes_ = 0;
};

TEST_F(PacketMatching, Bytes) {
  Expect("[get flags=1 value=x opaque=2 cas=3]");
  const std::string response = Response("[get flags=1 value=x opaque=2 cas=3]");
  for (size_t bytes = 0; bytes < response.size(); ++bytes) {
    EXPECT_EQ(Match(response.substr(0, bytes)), MatchResult::kNeedMore) << bytes;
  }
  EXPECT_EQ(Match(response + "more"), MatchResult::kMatch);
  EXPECT_EQ(matched_bytes_, response.size());
  for (size_t i = 0; i < response.size(); ++i) {
    std::string other = response;
    other[i] = static_cast<char>(other[i] + 1);
    EXPECT_EQ(Match(other), MatchResult::kMismatch) << i;
  }
  EXPECT_EQ(Match("END\r\n"), MatchResult::kMismatch);
}

TEST_F(PacketMatching, AnyValue) {
  Expect("[version value={any}]");
  EXPECT_EQ(Match(Response("[version value=1.6]")), MatchResult::kMatch);
  EXPECT_EQ(Match(Response("[version]")), MatchResult::kMismatch);
  EXPECT_EQ(Match(Response("[version status=1 value=1.6]")), MatchResult::kMismatch);
}

TEST_F(PacketMatching, CasNumbersAreTheSameUnderOneNameAndDifferUnderTwo) {
  Expect("[get cas={cas:a}]");
  Expect("[get cas={cas:b}]");
  EXPECT_EQ(Match(Response("[get cas=7]") + Response("[get cas=7]")), MatchResult::kMismatch);
  EXPECT_EQ(Match(Response("[get cas=0]") + Response("[get cas=7]")), MatchResult::kMismatch);
  EXPECT_EQ(Match(Response("[get cas=7]") + Response("[get cas=8]")), MatchResult::kMatch);
  EXPECT_EQ(bindings_.cas_numbers["a"], "7");
  EXPECT_EQ(Match(Response("[get cas=6]") + Response("[get cas=8]")), MatchResult::kMismatch);
}

TEST_F(PacketMatching, AnyPackets) {
  Expect("[stat key=a value={any}]");
  Expect("[...]");
  Expect("[stat]");
  const std::string a = Response("[stat key=a value=1]");
  EXPECT_EQ(Match(a + Response("[stat]")), MatchResult::kMatch);
  EXPECT_EQ(Match(a + a + a + Response("[stat]")), MatchResult::kMatch);
  EXPECT_EQ(Match(a + a), MatchResult::kNeedMore);
  EXPECT_EQ(Match(a + a + Response("[stat]").substr(0, 23)), MatchResult::kNeedMore);
}

TEST(PrintableReplies, ReadsLikeATranscript) {
  TextTemplate text;
  ASSERT_TRUE(AppendPacketLine("[get status=1 extras=0102 key=k value=v opaque=3 cas=4]",
                               kResponseMagic, &text)
                  .ok());
  std::string bytes;
  ASSERT_TRUE(FillTemplate(text, {}, &bytes).ok());
  EXPECT_EQ(PrintableReplies(bytes + "\r"),
            "[get status=0x1 extras=0102 key=\"k\" value=\"v\" opaque=3 cas=4]\\r");
}

}  // namespace
}  // namespace ringcached::transcripts
