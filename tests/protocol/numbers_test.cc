#include "protocol/numbers.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>

namespace ringcached::protocol {
namespace {

TEST(ParseUnsigned, ReadsUpTo64Bits) {
  EXPECT_EQ(ParseUnsigned("0"), 0u);
  EXPECT_EQ(ParseUnsigned("00017"), 17u);
  EXPECT_EQ(ParseUnsigned("18446744073709551615"), std::numeric_limits<uint64_t>::max());
}

TEST(ParseUnsigned, RefusesTheRest) {
  for (const char* const text : {"", " ", "x", "-1", "+1", " 1", "1 ", "1x", "0x1", "1.0",
                                 "18446744073709551616", "99999999999999999999"}) {
    EXPECT_EQ(ParseUnsigned(text), std::nullopt) << text;
  }
}

TEST(ParseSigned, ReadsUpTo64Bits) {
  EXPECT_EQ(ParseSigned("0"), 0);
  EXPECT_EQ(ParseSigned("-0"), 0);
  EXPECT_EQ(ParseSigned("-17"), -17);
  EXPECT_EQ(ParseSigned("9223372036854775807"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ParseSigned("-9223372036854775808"), std::numeric_limits<int64_t>::min());
}

TEST(ParseSigned, RefusesTheRest) {
  for (const char* const text :
       {"", "-", "--1", "+1", " 1", "1 ", "- 1", "9223372036854775808", "-9223372036854775809"}) {
    EXPECT_EQ(ParseSigned(text), std::nullopt) << text;
  }
}

TEST(WithoutPlus, TakesOnePlusOffADigit) {
  EXPECT_EQ(WithoutPlus("+1"), "1");
  EXPECT_EQ(WithoutPlus("1"), "1");
  EXPECT_EQ(WithoutPlus("+"), "+");
  EXPECT_EQ(WithoutPlus("++1"), "++1");
  EXPECT_EQ(WithoutPlus("+-1"), "+-1");
  EXPECT_EQ(WithoutPlus(""), "");
}

}  // namespace
}  // namespace ringcached::protocol
