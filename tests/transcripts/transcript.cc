#include "tests/transcripts/transcript.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/transcripts/packet_template.h"

namespace ringcached::transcripts {
namespace {

// The line's text behind its mark and one blank.
std::string_view Behind(std::string_view line) {
  line.remove_prefix(1);
  if (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  return line;
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [parsed_to, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || parsed_to != end) return std::nullopt;
  return number;
}

class Parser {
 public:
  explicit Parser(std::string_view name) { transcript_.name = name; }

  absl::Status AddLine(std::string_view line) {
    ++line_number_;
    if (line.empty()) joinable_ = false;
    if (line.empty() || line.front() == '#') return absl::OkStatus();
    switch (line.front()) {
      case '>':
        return AddBytes<Send>(Behind(line), kRequestMagic);
      case '<':
        return AddBytes<Expect>(Behind(line), kResponseMagic);
      case '+':
        return AddCounter(Behind(line));
      case '@':
        return AddDirective(Behind(line));
      default:
        return absl::InvalidArgumentError("a line begins with none of # > < + @");
    }
  }

  absl::Status At(const absl::Status& status) const {
    return absl::InvalidArgumentError(
        absl::StrCat(transcript_.name, ":", line_number_, ": ", status.message()));
  }

  Transcript Take() { return std::move(transcript_); }

 private:
  // The last step if it is an Action and no empty line came behind it, else a new one.
  template <typename Action>
  Action& Current(std::string_view source) {
    std::vector<Step>& steps = transcript_.steps;
    if (!joinable_ || !std::holds_alternative<Action>(steps.back().action)) {
      steps.push_back({line_number_, {}, Action()});
      joinable_ = true;
    }
    steps.back().source.append(source).append("\n");
    return std::get<Action>(steps.back().action);
  }

  // A line of text, or a packet that begins with `magic`.
  template <typename Action>
  absl::Status AddBytes(std::string_view source, char magic) {
    TextTemplate& text = Current<Action>(source).text;
    return IsPacketLine(source) ? AppendPacketLine(source, magic, &text)
                                : AppendTemplateLine(source, &text);
  }

  // NAME DIFFERENCE
  absl::Status AddCounter(std::string_view text) {
    const size_t blank = std::min(text.find(' '), text.size());
    const auto difference = ParseNumber<int64_t>(text.substr(std::min(blank + 1, text.size())));
    if (!difference) return absl::InvalidArgumentError("not a counter and a number");
    Current<CheckCounters>(text).deltas.push_back(
        {std::string(text.substr(0, blank)), *difference});
    return absl::OkStatus();
  }

  // closed, leave, or +SECONDSs
  absl::Status AddDirective(std::string_view text) {
    if (text == "closed") {
      Current<ExpectClose>(text);
      return absl::OkStatus();
    }
    if (text == "leave") {
      Current<Leave>(text);
      return absl::OkStatus();
    }
    const bool is_move = text.size() > 2 && text.front() == '+' && text.back() == 's';
    const auto seconds =
        is_move ? ParseNumber<uint32_t>(text.substr(1, text.size() - 2)) : std::nullopt;
    if (!seconds)
      return absl::InvalidArgumentError("neither 'closed' nor 'leave' nor a clock move");
    Current<AdvanceClock>(text).seconds += *seconds;
    return absl::OkStatus();
  }

  Transcript transcript_;
  size_t line_number_ = 0;
  bool joinable_ = false;  // a further line may belong to the last step
};

}  // namespace

bool MovesClock(const Transcript& transcript) {
  return std::any_of(transcript.steps.begin(), transcript.steps.end(), [](const Step& step) {
    return std::holds_alternative<AdvanceClock>(step.action);
  });
}

absl::StatusOr<Transcript> ParseTranscript(std::string_view name, std::string_view text) {
  Parser parser(name);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const absl::Status status = parser.AddLine(text.substr(0, end));
    if (!status.ok()) return parser.At(status);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parser.Take();
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  return std::move(text).str();
}

absl::StatusOr<Transcript> LoadTranscript(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  return ParseTranscript(std::filesystem::path(path).filename().string(), *text);
}

std::vector<std::string> TranscriptPaths() {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(RINGCACHED_TRANSCRIPTS_DIR, error)) {
    const std::filesystem::path& path = entry.path();
    const bool is_transcript = path.extension() == ".txt" && path.filename() != "CMakeLists.txt";
    if (is_transcript) paths.push_back(path.string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace ringcached::transcripts
