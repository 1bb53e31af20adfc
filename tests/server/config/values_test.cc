#include "server/config/values.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringcached::server {
namespace {

using Strings = std::vector<std::string>;

TEST(ValuesTest, TrimsBlanksAtTheEndsOnly) {
  EXPECT_EQ(TrimBlanks(" \t a b\t "), "a b");
  EXPECT_EQ(TrimBlanks(""), "");
  EXPECT_EQ(TrimBlanks("   "), "");
}

TEST(ValuesTest, SplitsAtCommas) {
  EXPECT_EQ(SplitAtCommas("a, b ,c"), Strings({"a", "b", "c"}));
  EXPECT_EQ(SplitAtCommas(",a,,"), Strings({"a"}));
  EXPECT_EQ(SplitAtCommas(" , "), Strings());
  EXPECT_EQ(JoinWithCommas({"a", "b"}), "a,b");
  EXPECT_EQ(JoinWithCommas({}), "");
}

TEST(ValuesTest, ANumberIsDigitsOnly) {
  EXPECT_EQ(ParseNumber("0"), 0u);
  EXPECT_EQ(ParseNumber("0064"), 64u);
  EXPECT_EQ(ParseNumber("18446744073709551615"), UINT64_MAX);
  for (const char* const wrong :
       {"", "-1", "+1", " 1", "1 ", "12x", "0x10", "1.5", "18446744073709551616"}) {
    EXPECT_EQ(ParseNumber(wrong), std::nullopt) << wrong;
  }
}

TEST(ValuesTest, BytesTakeAUnit) {
  EXPECT_EQ(ParseBytes("1000"), 1000u);
  EXPECT_EQ(ParseBytes("1k"), 1024u);
  EXPECT_EQ(ParseBytes("5M"), 5u << 20);
  EXPECT_EQ(ParseBytes("1g"), 1u << 30);
  EXPECT_EQ(ParseBytes("17179869183g"), 17179869183u << 30);
  for (const char* const wrong : {"", "k", "5x", "5kb", "1 k", "-1k", "17179869184g"}) {
    EXPECT_EQ(ParseBytes(wrong), std::nullopt) << wrong;
  }
}

TEST(ValuesTest, BytesAreFormattedAsShortAsTheyAreExact) {
  EXPECT_EQ(FormatBytes(0), "0");
  EXPECT_EQ(FormatBytes(1023), "1023");
  EXPECT_EQ(FormatBytes(1536), "1536");
  EXPECT_EQ(FormatBytes(512 << 10), "512k");
  EXPECT_EQ(FormatBytes(1 << 20), "1m");
  EXPECT_EQ(FormatBytes(uint64_t{3} << 30), "3g");
}

TEST(ValuesTest, ASwitchHasFourSpellings) {
  for (const char* const on : {"true", "yes", "on", "1"}) EXPECT_EQ(ParseSwitch(on), true) << on;
  for (const char* const off : {"false", "no", "off", "0"}) {
    EXPECT_EQ(ParseSwitch(off), false) << off;
  }
  for (const char* const wrong : {"", "2", "True", "maybe"}) {
    EXPECT_EQ(ParseSwitch(wrong), std::nullopt) << wrong;
  }
}

TEST(ValuesTest, BytesForPeopleHaveTheirUnit) {
  EXPECT_EQ(BytesForPeople(1000), "1000 bytes");
  EXPECT_EQ(BytesForPeople(512 << 10), "512 KiB");
  EXPECT_EQ(BytesForPeople(64 << 20), "64 MiB");
  EXPECT_EQ(BytesForPeople(1 << 30), "1 GiB");
}

}  // namespace
}  // namespace ringcached::server
