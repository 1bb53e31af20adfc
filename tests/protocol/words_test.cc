#include "protocol/words.h"

#include <gtest/gtest.h>

namespace ringcached::protocol {
namespace {

TEST(NextWord, TakesOneAtATime) {
  const std::string_view line = "  a bc  ";
  const Word first = NextWord(line);
  EXPECT_EQ(first.text, "a");
  EXPECT_EQ(first.consumed, 3u);
  const Word second = NextWord(line.substr(3));
  EXPECT_EQ(second.text, "bc");
  EXPECT_EQ(second.consumed, 3u);
  EXPECT_EQ(NextWord(line.substr(6)).text, "");
  EXPECT_EQ(NextWord(line.substr(6)).consumed, 2u);
  EXPECT_EQ(NextWord("").consumed, 0u);
}

TEST(FirstWords, CountsWhatItDoesNotKeep) {
  const FirstWords<3> words("  ms key  10 T5 q ");
  EXPECT_EQ(words.count(), 5u);
  EXPECT_EQ(words.kept(), 3u);
  EXPECT_TRUE(words.too_many());
  EXPECT_EQ(words[0], "ms");
  EXPECT_EQ(words[2], "10");
  EXPECT_EQ(words.last(), "q");
}

TEST(FirstWords, HasEmptyWordsBehindTheLast) {
  const FirstWords<3> words("mn");
  EXPECT_EQ(words.count(), 1u);
  EXPECT_EQ(words.kept(), 1u);
  EXPECT_FALSE(words.too_many());
  EXPECT_EQ(words[1], "");
  EXPECT_EQ(words.last(), "mn");
  EXPECT_EQ(FirstWords<3>("  ").last(), "");
}

TEST(FirstWords, TabsSeparateNothing) { EXPECT_EQ(FirstWords<3>("get\tkey").count(), 1u); }

}  // namespace
}  // namespace ringcached::protocol
