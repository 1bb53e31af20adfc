// Every transcript that needs no moved clock, played to a real memcached: that the transcripts say
// what memcached does is not our opinion.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/oracle/exclusions.h"
#include "tests/oracle/memcached_process.h"
#include "tests/transcripts/live_player.h"
#include "tests/transcripts/transcript.h"

namespace ringcached::oracle {
namespace {

using transcripts::Transcript;

absl::StatusOr<std::vector<Exclusion>> ExclusionsFor(const std::string& version) {
  const std::string list = ListFor(version, ExclusionListNames());
  if (list.empty()) return absl::NotFoundError("no exclusion list for memcached " + version);
  return LoadExclusions(list);
}

absl::Status PlayToMemcached(const Transcript& transcript) {
  const auto memcached = MemcachedProcess::Start(MemcachedPath());
  if (!memcached.ok()) return memcached.status();
  return transcripts::PlayLive(transcript, "127.0.0.1", (*memcached)->port());
}

// The transcript with all of `exclusions` applied but the one at `left_out`.
Transcript WithExclusions(Transcript transcript, const std::vector<Exclusion>& exclusions,
                          size_t left_out) {
  for (size_t i = 0; i < exclusions.size(); ++i) {
    if (i == left_out || exclusions[i].transcript_name != transcript.name) continue;
    if (exclusions[i].whole_transcript) continue;
    const absl::Status applied = ApplyExclusion(exclusions[i], &transcript);
    EXPECT_TRUE(applied.ok()) << applied;
  }
  return transcript;
}

class Oracle : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto version = MemcachedVersion(MemcachedPath());
    ASSERT_TRUE(version.ok()) << version.status();
    version_ = *version;
    const auto exclusions = ExclusionsFor(version_);
    ASSERT_TRUE(exclusions.ok()) << exclusions.status();
    exclusions_ = *exclusions;
  }

  bool IsExcluded(const Transcript& transcript) const {
    return std::any_of(exclusions_.begin(), exclusions_.end(), [&](const Exclusion& exclusion) {
      return exclusion.whole_transcript && exclusion.transcript_name == transcript.name;
    });
  }

  std::string version_;
  std::vector<Exclusion> exclusions_;
};

TEST_P(Oracle, AnswersAsTheTranscriptSays) {
  const auto transcript = transcripts::LoadTranscript(GetParam());
  ASSERT_TRUE(transcript.ok()) << transcript.status();
  const absl::Status played =
      PlayToMemcached(WithExclusions(*transcript, exclusions_, exclusions_.size()));
  if (IsExcluded(*transcript)) {
    EXPECT_FALSE(played.ok()) << "memcached " << version_ << " can do it, so it is no exclusion";
  } else {
    EXPECT_TRUE(played.ok()) << "memcached " << version_ << ": " << played;
  }
}

TEST_P(Oracle, NeedsEveryExclusion) {
  const auto transcript = transcripts::LoadTranscript(GetParam());
  ASSERT_TRUE(transcript.ok()) << transcript.status();
  for (size_t i = 0; i < exclusions_.size(); ++i) {
    if (exclusions_[i].transcript_name != transcript->name) continue;
    if (exclusions_[i].whole_transcript) continue;
    EXPECT_FALSE(PlayToMemcached(WithExclusions(*transcript, exclusions_, i)).ok())
        << "memcached " << version_ << " answers as " << transcript->name
        << " says, so it is no exclusion:\n"
        << exclusions_[i].send.source;
  }
}

std::vector<std::string> LivePaths() {
  std::vector<std::string> paths = transcripts::TranscriptPaths();
  paths.erase(std::remove_if(paths.begin(), paths.end(),
                             [](const std::string& path) {
                               const auto transcript = transcripts::LoadTranscript(path);
                               return transcript.ok() && MovesClock(*transcript);
                             }),
              paths.end());
  return paths;
}

std::string TestName(const testing::TestParamInfo<std::string>& info) {
  std::string name = std::filesystem::path(info.param).stem().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Oracle, testing::ValuesIn(LivePaths()), TestName);

}  // namespace
}  // namespace ringcached::oracle
