#include "tests/oracle/exclusions.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ringcached::oracle {
namespace {

using transcripts::Send;
using transcripts::Step;
using transcripts::Transcript;

constexpr std::string_view kSectionMark = "= ";
constexpr std::string_view kListPrefix = "memcached-";
constexpr std::string_view kListSuffix = ".txt";

bool IsSend(const Step& step) { return std::holds_alternative<Send>(step.action); }

// Takes the first line off `text`.
std::string_view TakeLine(std::string_view* text) {
  const size_t end = std::min(text->find('\n'), text->size());
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return line;
}

// Everything up to the next section's mark.
std::string_view TakeSection(std::string_view* text) {
  const size_t mark = text->find("\n= ");
  const size_t end = mark == std::string_view::npos ? text->size() : mark + 1;
  const std::string_view section = text->substr(0, end);
  text->remove_prefix(end);
  return section;
}

absl::Status Add(Transcript section, std::string_view transcript_name,
                 std::vector<Exclusion>* exclusions) {
  if (section.steps.empty()) {
    exclusions->push_back({std::string(transcript_name), /*whole_transcript=*/true, {}, {}});
  }
  for (Step& step : section.steps) {
    if (IsSend(step)) {
      exclusions->push_back(
          {std::string(transcript_name), /*whole_transcript=*/false, std::move(step), {}});
    } else if (exclusions->empty() || exclusions->back().transcript_name != transcript_name) {
      return absl::InvalidArgumentError(section.name + ": a section begins with an answer");
    } else {
      exclusions->back().answers.push_back(std::move(step));
    }
  }
  return absl::OkStatus();
}

std::vector<int> VersionNumbers(std::string_view version) {
  std::vector<int> numbers;
  while (!version.empty()) {
    int number = 0;
    const auto parsed = std::from_chars(version.data(), version.data() + version.size(), number);
    if (parsed.ec != std::errc()) break;
    numbers.push_back(number);
    version.remove_prefix(static_cast<size_t>(parsed.ptr - version.data()));
    if (!version.empty()) version.remove_prefix(1);
  }
  return numbers;
}

// The version in a list's name; empty if it is no list's.
std::string_view VersionOf(std::string_view name) {
  if (!name.starts_with(kListPrefix) || !name.ends_with(kListSuffix)) return {};
  name.remove_prefix(kListPrefix.size());
  name.remove_suffix(kListSuffix.size());
  return name;
}

}  // namespace

absl::StatusOr<std::vector<Exclusion>> ParseExclusions(std::string_view list_name,
                                                       std::string_view text) {
  std::vector<Exclusion> exclusions;
  while (text.starts_with('#') || text.starts_with('\n')) TakeLine(&text);
  while (!text.empty()) {
    std::string_view heading = TakeLine(&text);
    if (!heading.starts_with(kSectionMark)) {
      return absl::InvalidArgumentError(absl::StrCat(std::string(list_name), ": no section"));
    }
    heading.remove_prefix(kSectionMark.size());
    const std::string name = absl::StrCat(std::string(list_name), ", ", std::string(heading));
    auto section = transcripts::ParseTranscript(name, TakeSection(&text));
    if (!section.ok()) return section.status();
    const absl::Status added = Add(*std::move(section), heading, &exclusions);
    if (!added.ok()) return added;
  }
  return exclusions;
}

absl::Status ApplyExclusion(const Exclusion& exclusion, Transcript* transcript) {
  std::vector<Step>& steps = transcript->steps;
  const auto is_meant = [&](const Step& step) {
    return IsSend(step) && step.source == exclusion.send.source;
  };
  if (std::count_if(steps.begin(), steps.end(), is_meant) != 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        transcript->name, " does not have exactly once the send\n", exclusion.send.source));
  }
  const auto begin = std::find_if(steps.begin(), steps.end(), is_meant) + 1;
  const auto end = std::find_if(begin, steps.end(), IsSend);
  const auto behind = steps.erase(begin, end);
  steps.insert(behind, exclusion.answers.begin(), exclusion.answers.end());
  return absl::OkStatus();
}

std::vector<std::string> ExclusionListNames() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(RINGCACHED_ORACLE_DIR, error)) {
    std::string name = entry.path().filename().string();
    if (!VersionOf(name).empty()) names.push_back(std::move(name));
  }
  return names;
}

absl::StatusOr<std::vector<Exclusion>> LoadExclusions(const std::string& list_name) {
  const auto text = transcripts::ReadFile(absl::StrCat(RINGCACHED_ORACLE_DIR, "/", list_name));
  if (!text.ok()) return text.status();
  return ParseExclusions(list_name, *text);
}

std::string ListFor(std::string_view version, const std::vector<std::string>& names) {
  std::string best;
  for (const std::string& name : names) {
    const std::vector<int> numbers = VersionNumbers(VersionOf(name));
    if (numbers.empty() || numbers > VersionNumbers(version)) continue;
    if (best.empty() || numbers > VersionNumbers(VersionOf(best))) best = name;
  }
  return best;
}

}  // namespace ringcached::oracle
