// Where one version of memcached answers otherwise than the transcripts say, and what it answers.
// README.md describes the lists.

#ifndef RINGCACHED_TESTS_ORACLE_EXCLUSIONS_H_
#define RINGCACHED_TESTS_ORACLE_EXCLUSIONS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/transcripts/transcript.h"

namespace ringcached::oracle {

struct Exclusion {
  std::string transcript_name;
  // The version lacks what the whole transcript is about; the rest is then empty.
  bool whole_transcript = false;
  // The send it is about, and what follows in place of the transcript's steps up to its next send.
  transcripts::Step send;
  std::vector<transcripts::Step> answers;
};

// InvalidArgument names the list and what is wrong with it.
absl::StatusOr<std::vector<Exclusion>> ParseExclusions(std::string_view list_name,
                                                       std::string_view text);

// Replaces the answers to one send. InvalidArgument if the transcript does not have that send
// exactly once. REQUIRES: !exclusion.whole_transcript.
absl::Status ApplyExclusion(const Exclusion& exclusion, transcripts::Transcript* transcript);

// The names of all lists there are ("memcached-1.6.18.txt", ...).
std::vector<std::string> ExclusionListNames();
absl::StatusOr<std::vector<Exclusion>> LoadExclusions(const std::string& list_name);

// Of the list names in `names` the one for this version: the newest
// that is not newer. Empty if there is none.
std::string ListFor(std::string_view version, const std::vector<std::string>& names);

}  // namespace ringcached::oracle

#endif  // RINGCACHED_TESTS_ORACLE_EXCLUSIONS_H_
