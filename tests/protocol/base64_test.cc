#include "protocol/base64.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace ringcached::protocol {
namespace {

std::string Encode(std::string_view bytes) {
  std::string text(Base64Bytes(bytes.size()), '?');
  const char* const end = EncodeBase64(bytes, text.data());
  EXPECT_EQ(end, text.data() + text.size());
  return text;
}

std::string Decode(std::string_view text) {
  std::string bytes(text.size(), '?');
  bytes.resize(DecodeBase64(text, bytes.data()));
  return bytes;
}

TEST(Base64, EncodesTheExamplesOfItsStandard) {
  EXPECT_EQ(Encode(""), "");
  EXPECT_EQ(Encode("f"), "Zg==");
  EXPECT_EQ(Encode("fo"), "Zm8=");
  EXPECT_EQ(Encode("foo"), "Zm9v");
  EXPECT_EQ(Encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Encode("\xff\xfe\xfb"), "//77");
}

TEST(Base64, DecodesWhatItEncodes) {
  std::mt19937 random(1);
  for (size_t size = 1; size <= 250; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    EXPECT_EQ(Decode(Encode(bytes)), bytes);
  }
}

TEST(Base64, PassesOverWhatIsNotInTheAlphabet) {
  EXPECT_EQ(Decode("Zm\r\n9v"), "foo");
  EXPECT_EQ(Decode("!Zm9v\xff"), "foo");
  EXPECT_EQ(Decode("Zg==Zg=="), "f") << "nothing is read behind the padding";
}

TEST(Base64, RefusesWhatStandsForNothing) {
  for (const char* text : {"", "Z", "Zm", "Zm9", "Zm9vY", "A===", "====", "!!!!"}) {
    EXPECT_EQ(Decode(text), "") << text;
  }
}

}  // namespace
}  // namespace ringcached::protocol
