#include "storage/decimal.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace ringcached::storage {
namespace {

TEST(ParseDecimal, AcceptsDigitsAndTrailingSpaces) {
  EXPECT_EQ(ParseDecimal("0"), 0u);
  EXPECT_EQ(ParseDecimal("10"), 10u);
  EXPECT_EQ(ParseDecimal("99 "), 99u);
  EXPECT_EQ(ParseDecimal("7    "), 7u);
  EXPECT_EQ(ParseDecimal("0000000000000000000000000012"), 12u);
  EXPECT_EQ(ParseDecimal("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(ParseDecimal("18446744073709551615   "), UINT64_MAX);
}

TEST(ParseDecimal, RefusesEverythingElse) {
  for (const std::string_view text :
       {"", " ", " 1", "-1", "+1", "1x", "1 2", "x", "0x10", "1.5", "1\n", "1\t",
        "18446744073709551616", "99999999999999999999", "100000000000000000000"}) {
    EXPECT_EQ(ParseDecimal(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseDecimal(std::string_view("1\0", 2)), std::nullopt);
}

TEST(DecimalText, IsTheDigitsWithoutPadding) {
  EXPECT_EQ(DecimalText(0).view(), "0");
  EXPECT_EQ(DecimalText(12345).view(), "12345");
  EXPECT_EQ(DecimalText(UINT64_MAX).view(), "18446744073709551615");
}

}  // namespace
}  // namespace ringcached::storage
