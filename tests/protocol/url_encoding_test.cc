#include "protocol/url_encoding.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace ringcached::protocol {
namespace {

std::string Encode(std::string_view bytes) {
  std::string text(MaxUrlBytes(bytes.size()), '?');
  const char* const end = PutUrlEncoded(text.data(), bytes);
  text.resize(static_cast<size_t>(end - text.data()));
  return text;
}

TEST(UrlEncoding, LeavesLettersDigitsAndFourMarks) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  EXPECT_EQ(Encode(kPlain), kPlain);
  EXPECT_EQ(Encode(""), "");
}

TEST(UrlEncoding, WritesAnyOtherByteAsTwoUpperCaseDigits) {
  EXPECT_EQ(Encode("a/b c%"), "a%2Fb%20c%25");
  EXPECT_EQ(Encode(std::string_view("\0\n\x7f\x80\xff", 5)), "%00%0A%7F%80%FF");
  // What stands beside the plain ones.
  EXPECT_EQ(Encode("@[`{:+,^}"), "%40%5B%60%7B%3A%2B%2C%5E%7D");
}

TEST(UrlEncoding, OfEveryByteTakesOneOrThree) {
  size_t plain = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = Encode(std::string(1, static_cast<char>(byte)));
    if (text.size() == 1) {
      ++plain;
    } else {
      EXPECT_EQ(text.size(), MaxUrlBytes(1)) << byte;
      EXPECT_EQ(std::stoi(text.substr(1), nullptr, 16), byte);
    }
  }
  EXPECT_EQ(plain, 66u);
}

}  // namespace
}  // namespace ringcached::protocol
