#include "tests/style/links.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <regex>
#include <string_view>

namespace ringcached::style {
namespace {

constexpr std::string_view kCodeBlock = "    ";

// A heading as links name it: small letters, '-' for each space, no punctuation.
std::string AnchorOf(std::string_view heading) {
  std::string anchor;
  for (const char c : heading) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ') anchor += '-';
    if (std::isalnum(byte) != 0 || c == '-' || c == '_') {
      anchor += static_cast<char>(std::tolower(byte));
    }
  }
  return anchor;
}

bool HasHeading(const SourceFile& page, std::string_view anchor) {
  return std::any_of(page.lines.begin(), page.lines.end(), [&](const std::string& line) {
    const std::size_t text = line.find_first_not_of('#');
    return text != 0 && text != std::string::npos && line[text] == ' ' &&
           AnchorOf(std::string_view(line).substr(text + 1)) == anchor;
  });
}

// The path of what `target` names, seen from the page's folder.
std::string PathOf(const SourceFile& page, const std::string& target) {
  const std::filesystem::path folder = std::filesystem::path(page.path).parent_path();
  return (folder / target).lexically_normal().generic_string();
}

bool Leads(const SourceFile& page, const std::string& target,
           const std::function<bool(const std::string&)>& exists) {
  static const std::regex kElsewhere("^[a-z]+:.*");
  if (std::regex_match(target, kElsewhere)) return true;
  if (target.front() == '#') return HasHeading(page, std::string_view(target).substr(1));
  return exists(PathOf(page, target.substr(0, target.find('#'))));
}

}  // namespace

Findings CheckLinks(const SourceFile& page, const std::function<bool(const std::string&)>& exists) {
  static const std::regex kCode("`[^`]*`");
  static const std::regex kLink(R"(\]\(([^)\s]+)\))");
  Findings findings;
  for (std::size_t i = 0; i < page.lines.size(); ++i) {
    if (page.lines[i].starts_with(kCodeBlock)) continue;
    const std::string line = std::regex_replace(page.lines[i], kCode, "");
    for (std::sregex_iterator it(line.begin(), line.end(), kLink), end; it != end; ++it) {
      const std::string target = (*it)[1];
      if (!Leads(page, target, exists)) {
        findings.push_back({page.path, i + 1, "the link leads nowhere: " + target});
      }
    }
  }
  return findings;
}

bool IsPage(const SourceFile& file) { return file.path.ends_with(".md"); }

}  // namespace ringcached::style
