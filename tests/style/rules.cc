#include "tests/style/rules.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string_view>
#include <utility>

#include "tests/style/function_sizes.h"

namespace ringcached::style {
namespace {

struct Layer {
  std::string_view folder;
  std::string_view may_include;  // folders, separated by spaces
};

constexpr std::array kLayers = {
    Layer{"storage", "storage"},
    Layer{"protocol", "protocol storage"},
    Layer{"server", "server protocol storage"},
    Layer{"tests", "tests bench server protocol storage"},
    Layer{"bench", "tests bench server protocol storage"},
};

struct BannedCode {
  const char* pattern;
  std::string_view folders;  // separated by spaces
  std::string_view message;
};

constexpr std::string_view kNoClock = "time is passed down, no clock is read here";

constexpr std::array kBannedCode = {
    BannedCode{R"(\b(clock_gettime|gettimeofday|timespec_get|\w*[cC]lock::now|__rdtscp?)\b)",
               "storage protocol", kNoClock},
    BannedCode{R"(\babsl::(Now|GetCurrentTimeNanos)\b)", "storage protocol", kNoClock},
    BannedCode{R"((^|[^\w.>])time\s*\(\s*(nullptr|NULL|0|&))", "storage protocol", kNoClock},
    BannedCode{R"(\bstd::(cout|cerr|clog)\b|\b(printf|fprintf|puts|fputs)\s*\()",
               "storage protocol", "nothing is printed here"},
    BannedCode{R"(\bthrow\b)", "storage protocol server", "nothing of ours throws"},
    BannedCode{R"(\busing\s+namespace\b)", "storage protocol server tests bench",
               "names are imported one by one"},
    BannedCode{R"(\b(sleep_for|sleep_until|SleepFor|usleep|nanosleep|clock_nanosleep|sleep)\s*\()",
               "storage protocol server tests", "nothing waits by sleeping"},
};

struct Include {
  std::size_t line;
  bool quoted;
  std::string path;
};

std::vector<Include> IncludesOf(const SourceFile& file) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*(["<])([^">]+)[">])");
  std::vector<Include> includes;
  std::smatch match;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    if (std::regex_search(file.lines[i], match, kInclude)) {
      includes.push_back({i + 1, match[1] == "\"", match[2]});
    }
  }
  return includes;
}

bool ContainsWord(std::string_view words, std::string_view word) {
  const std::string spaced = " " + std::string(words) + " ";
  return spaced.find(" " + std::string(word) + " ") != std::string::npos;
}

const Layer* LayerOf(std::string_view folder) {
  const auto layer = std::find_if(kLayers.begin(), kLayers.end(),
                                  [&](const Layer& l) { return l.folder == folder; });
  return layer == kLayers.end() ? nullptr : &*layer;
}

// Returns what is wrong with `include` in a file of `layer`, or "".
std::string IncludeProblem(const Layer& layer, std::string_view path, const Include& include) {
  const std::string_view target = TopFolder(include.path);
  const bool ours = LayerOf(target) != nullptr;
  // The floor is a peer to measure against and has no code of the server's.
  if (include.path == "liburing.h" && !path.starts_with("server/io/") &&
      !path.starts_with("bench/floor/")) {
    return "only server/io and bench/floor include <liburing.h>";
  }
  if (include.quoted && target.empty()) {
    return "not a path from the repository's root: " + include.path;
  }
  if (!include.quoted && ours) return "our headers are included in quotes: " + include.path;
  if (ours && !ContainsWord(layer.may_include, target)) {
    return std::string(layer.folder) + "/ must not include " + include.path;
  }
  return "";
}

void AddMatches(const SourceFile& file, const std::vector<std::string>& lines,
                const std::regex& pattern, std::string_view message, Findings& findings) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (std::regex_search(lines[i], pattern)) {
      findings.push_back({file.path, i + 1, std::string(message)});
    }
  }
}

std::string GuardFor(std::string_view path) {
  std::string guard = "RINGCACHED_";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    guard += std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  return guard + "_";
}

std::string FolderOf(std::string_view path) {
  return std::filesystem::path(path).parent_path().generic_string();
}

// The words of all CMake files, by folder.
std::map<std::string, std::set<std::string>> CMakeWords(const std::vector<SourceFile>& files) {
  static const std::regex kNoName("#[^\n]*|\\$\\{[^}]*\\}/");  // comments; a folder in a variable
  static const std::regex kWord(R"([\w./-]+)");
  std::map<std::string, std::set<std::string>> words;
  for (const SourceFile& file : files) {
    if (!IsCMake(file)) continue;
    std::set<std::string>& in_folder = words[FolderOf(file.path)];
    const std::string code = std::regex_replace(file.text, kNoName, "");
    for (std::sregex_iterator it(code.begin(), code.end(), kWord), end; it != end; ++it) {
      in_folder.insert(it->str());
    }
  }
  return words;
}

bool IsListed(const std::string& path,
              const std::map<std::string, std::set<std::string>>& cmake_words) {
  std::string folder = FolderOf(path);
  while (!folder.empty() && !cmake_words.contains(folder)) folder = FolderOf(folder);
  const auto words = cmake_words.find(folder);
  return words != cmake_words.end() && words->second.contains(path.substr(folder.size() + 1));
}

}  // namespace

Findings CheckIncludes(const SourceFile& file) {
  Findings findings;
  const Layer* layer = LayerOf(TopFolder(file.path));
  if (layer == nullptr || !IsCode(file)) return findings;
  for (const Include& include : IncludesOf(file)) {
    std::string problem = IncludeProblem(*layer, file.path, include);
    if (!problem.empty()) findings.push_back({file.path, include.line, std::move(problem)});
  }
  return findings;
}

Findings CheckIncludeGuard(const SourceFile& file) {
  if (!IsHeader(file)) return {};
  const std::string guard = GuardFor(file.path);
  const std::string opening = "\n#ifndef " + guard + "\n#define " + guard + "\n";
  const std::string closing = "\n#endif  // " + guard + "\n";
  const bool good =
      ("\n" + file.text).find(opening) != std::string::npos && file.text.ends_with(closing);
  return good ? Findings{} : Findings{{file.path, 0, "the include guard is not " + guard}};
}

Findings CheckBannedCode(const SourceFile& file) {
  Findings findings;
  if (!IsCode(file)) return findings;
  for (const BannedCode& banned : kBannedCode) {
    if (!ContainsWord(banned.folders, TopFolder(file.path))) continue;
    AddMatches(file, file.code, std::regex(banned.pattern), banned.message, findings);
  }
  return findings;
}

Findings CheckWhitespace(const SourceFile& file) {
  Findings findings;
  AddMatches(file, file.lines, std::regex(R"([ \t\r]$)"), "white space at the line's end",
             findings);
  AddMatches(file, file.lines, std::regex("\t"), "a tab", findings);
  if (!file.text.empty() && !file.text.ends_with('\n')) {
    findings.push_back({file.path, file.lines.size(), "no line end at the end of the file"});
  }
  return findings;
}

Findings CheckUnfinishedMarks(const SourceFile& file) {
  // In two parts, so that this line is no such mark.
  static const std::regex kMark(
      "\\b(TO"
      "DO|FIX"
      "ME|XX"
      "X)\\b");
  Findings findings;
  AddMatches(file, file.lines, kMark, "a note about work that is left", findings);
  return findings;
}

Findings CheckCMakeNamesFiles(const SourceFile& file) {
  Findings findings;
  if (!IsCMake(file)) return findings;
  AddMatches(file, file.lines, std::regex(R"(\bGLOB(_RECURSE)?\b)"), "files are listed by name",
             findings);
  return findings;
}

Findings CheckNoDeadFiles(const std::vector<SourceFile>& files) {
  const auto cmake_words = CMakeWords(files);
  std::set<std::string> included;
  for (const SourceFile& file : files) {
    for (Include& include : IncludesOf(file)) included.insert(std::move(include.path));
  }
  Findings findings;
  for (const SourceFile& file : files) {
    if (IsImplementation(file) && !IsListed(file.path, cmake_words)) {
      findings.push_back({file.path, 0, "no CMake file names it"});
    }
    if (IsHeader(file) && !included.contains(file.path)) {
      findings.push_back({file.path, 0, "nothing includes it"});
    }
  }
  return findings;
}

Findings CheckFileSize(const SourceFile& file, std::size_t max_file_lines) {
  if (file.lines.size() <= max_file_lines) return {};
  return {{file.path, 0, std::to_string(file.lines.size()) + " lines"}};
}

Findings CheckFunctionSizes(const std::vector<SourceFile>& files, const FunctionLimits& limits) {
  Findings findings;
  std::size_t functions = 0;
  std::size_t long_functions = 0;
  std::string list_of_long;
  for (const SourceFile& file : files) {
    for (const FunctionSize& function : MeasureFunctions(file)) {
      ++functions;
      if (function.lines <= limits.long_function_lines) continue;
      ++long_functions;
      const std::string what = function.name + " has " + std::to_string(function.lines) + " lines";
      list_of_long += "\n  " + file.path + ": " + what;
      if (function.lines <= limits.max_function_lines) continue;
      findings.push_back({file.path, function.first_line, what});
    }
  }
  if (long_functions * 100 > functions * limits.max_long_functions_percent) {
    const std::string share = std::to_string(long_functions) + " of " + std::to_string(functions);
    findings.push_back({"all files", 0, share + " functions are long:" + list_of_long});
  }
  return findings;
}

}  // namespace ringcached::style
