// A transcript: a conversation with the server as text, and what must be true of it. README.md
// describes the format.

#ifndef RINGCACHED_TESTS_TRANSCRIPTS_TRANSCRIPT_H_
#define RINGCACHED_TESTS_TRANSCRIPTS_TRANSCRIPT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/transcripts/text_template.h"

namespace ringcached::transcripts {

struct Send {
  TextTemplate text;
};

struct Expect {
  TextTemplate text;
};

// The server closes the connection and has sent nothing more. What follows goes over a new one.
struct ExpectClose {};

// The client closes the connection, wherever it is. What follows goes over a new one.
struct Leave {};

// The server's clock moves.
struct AdvanceClock {
  uint32_t seconds = 0;
};

// By how much these counters of `stats` have moved since the transcript's beginning or the last
// such step.
struct CheckCounters {
  struct Delta {
    std::string name;
    int64_t difference = 0;
  };
  std::vector<Delta> deltas;
};

struct Step {
  size_t line = 0;     // where it begins in the file, counted from 1
  std::string source;  // its lines as they are written, without marks, each ended by \n
  std::variant<Send, Expect, ExpectClose, Leave, AdvanceClock, CheckCounters> action;
};

struct Transcript {
  std::string name;  // its file's, without the folder
  std::vector<Step> steps;
};

// True if only a player that moves the server's clock can play it.
bool MovesClock(const Transcript& transcript);

// InvalidArgument names the line that cannot be understood.
absl::StatusOr<Transcript> ParseTranscript(std::string_view name, std::string_view text);

absl::StatusOr<std::string> ReadFile(const std::string& path);
absl::StatusOr<Transcript> LoadTranscript(const std::string& path);

// The paths of all transcripts, sorted; none if the folder cannot be read.
std::vector<std::string> TranscriptPaths();

}  // namespace ringcached::transcripts

#endif  // RINGCACHED_TESTS_TRANSCRIPTS_TRANSCRIPT_H_
