#include "tests/oracle/exclusions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace ringcached::oracle {
namespace {

using transcripts::Expect;
using transcripts::ParseTranscript;

constexpr std::string_view kList =
    "# Why it is here.\n"
    "\n"
    "= a.txt\n"
    "# It says no.\n"
    "> one\n"
    "< NO\n"
    "> two\n"
    "< NEITHER\n"
    "\n"
    "= b.txt\n"
    "> three\n"
    "@ closed\n";

TEST(ParseExclusions, ReadsSections) {
  const auto exclusions = ParseExclusions("list", kList);
  ASSERT_TRUE(exclusions.ok()) << exclusions.status();
  ASSERT_EQ(exclusions->size(), 3u);
  EXPECT_EQ((*exclusions)[0].transcript_name, "a.txt");
  EXPECT_EQ((*exclusions)[0].send.source, "one\n");
  EXPECT_EQ((*exclusions)[1].answers[0].source, "NEITHER\n");
  EXPECT_EQ((*exclusions)[2].transcript_name, "b.txt");
}

TEST(ParseExclusions, ASectionWithoutStepsIsTheWholeTranscript) {
  const auto exclusions = ParseExclusions("list", "= a.txt\n# It lacks that.\n\n= b.txt\n> x\n");
  ASSERT_TRUE(exclusions.ok()) << exclusions.status();
  ASSERT_EQ(exclusions->size(), 2u);
  EXPECT_TRUE((*exclusions)[0].whole_transcript);
  EXPECT_EQ((*exclusions)[0].transcript_name, "a.txt");
  EXPECT_FALSE((*exclusions)[1].whole_transcript);
}

TEST(ParseExclusions, RefusesWhatItDoesNotUnderstand) {
  EXPECT_FALSE(ParseExclusions("list", "> one\n< NO\n").ok());
  EXPECT_FALSE(ParseExclusions("list", "= a.txt\n< NO\n").ok());
  EXPECT_FALSE(ParseExclusions("list", "= a.txt\n> one\nNO\n").ok());
  EXPECT_TRUE(ParseExclusions("list", "# Nothing.\n")->empty());
}

TEST(ApplyExclusion, ReplacesTheAnswers) {
  const auto exclusions = ParseExclusions("list", kList);
  ASSERT_TRUE(exclusions.ok());
  auto transcript = ParseTranscript("a.txt", "> one\n< YES\n+ cmd_get 1\n> four\n< YES\n");
  ASSERT_TRUE(transcript.ok());
  ASSERT_TRUE(ApplyExclusion((*exclusions)[0], &*transcript).ok());
  ASSERT_EQ(transcript->steps.size(), 4u);
  EXPECT_EQ(transcript->steps[1].source, "NO\n");
  EXPECT_EQ(transcript->steps[2].source, "four\n");
}

TEST(ApplyExclusion, WantsItsSendExactlyOnce) {
  const auto exclusions = ParseExclusions("list", kList);
  ASSERT_TRUE(exclusions.ok());
  for (const char* const text : {"> four\n< YES\n", "> one\n< YES\n> one\n< YES\n"}) {
    auto transcript = ParseTranscript("a.txt", text);
    ASSERT_TRUE(transcript.ok());
    EXPECT_FALSE(ApplyExclusion((*exclusions)[0], &*transcript).ok()) << text;
  }
}

TEST(ListFor, TakesTheNewestThatIsNotNewer) {
  const std::vector<std::string> names = {"memcached-1.6.9.txt", "memcached-1.6.18.txt",
                                          "memcached-1.6.45.txt", "README.md"};
  EXPECT_EQ(ListFor("1.6.18", names), "memcached-1.6.18.txt");
  EXPECT_EQ(ListFor("1.6.38", names), "memcached-1.6.18.txt");
  EXPECT_EQ(ListFor("1.6.100", names), "memcached-1.6.45.txt");
  EXPECT_EQ(ListFor("1.6.10", names), "memcached-1.6.9.txt");
  EXPECT_EQ(ListFor("1.5.22", names), "");
}

TEST(ExclusionLists, NameTranscriptsAndSendsThatExist) {
  const std::vector<std::string> paths = transcripts::TranscriptPaths();
  ASSERT_FALSE(ExclusionListNames().empty());
  for (const std::string& name : ExclusionListNames()) {
    const auto exclusions = LoadExclusions(name);
    ASSERT_TRUE(exclusions.ok()) << exclusions.status();
    for (const Exclusion& exclusion : *exclusions) {
      const auto path = std::find_if(paths.begin(), paths.end(), [&](const std::string& p) {
        return p.ends_with("/" + exclusion.transcript_name);
      });
      ASSERT_NE(path, paths.end()) << name << ": no transcript " << exclusion.transcript_name;
      auto transcript = transcripts::LoadTranscript(*path);
      ASSERT_TRUE(transcript.ok()) << transcript.status();
      if (exclusion.whole_transcript) continue;
      const absl::Status applied = ApplyExclusion(exclusion, &*transcript);
      EXPECT_TRUE(applied.ok()) << name << ": " << applied;
    }
  }
}

}  // namespace
}  // namespace ringcached::oracle
