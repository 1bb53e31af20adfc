#include "tests/style/source_file.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <utility>

namespace ringcached::style {
namespace {

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Walks over the text once and copies it, blanked where a comment or a literal stands.
class Blanker {
 public:
  explicit Blanker(std::string_view text) : text_(text), blanked_(text) {}

  std::string Run() {
    while (at_ < text_.size()) Step();
    return std::move(blanked_);
  }

 private:
  void Step() {
    if (Sees("//")) {
      BlankUntil("\n", 0);
    } else if (Sees("/*")) {
      BlankUntil("*/", 2);
    } else if (Sees("R\"") && !AfterWord()) {
      BlankRawString();
    } else if (text_[at_] == '"') {
      BlankQuoted('"');
    } else if (text_[at_] == '\'' && !InNumber()) {
      BlankQuoted('\'');
    } else {
      ++at_;
    }
  }

  bool Sees(std::string_view token) const { return text_.substr(at_, token.size()) == token; }
  bool AfterWord() const { return at_ > 0 && IsWordCharacter(text_[at_ - 1]); }

  // True at a digit separator, as in 1'000: the word before the quote starts with a digit.
  bool InNumber() const {
    std::size_t start = at_;
    while (start > 0 && (IsWordCharacter(text_[start - 1]) || text_[start - 1] == '\'')) --start;
    return start < at_ && std::isdigit(static_cast<unsigned char>(text_[start])) != 0;
  }

  void BlankTo(std::size_t end) {
    for (; at_ < std::min(end, text_.size()); ++at_) {
      if (text_[at_] != '\n') blanked_[at_] = ' ';
    }
  }

  // Blanks up to the next `token` and `extra_chars` of it.
  void BlankUntil(std::string_view token, std::size_t extra_chars) {
    const std::size_t end = text_.find(token, at_);
    BlankTo(end == std::string_view::npos ? text_.size() : end + extra_chars);
  }

  // The quotes stay, so that what is left still looks like an expression.
  void BlankQuoted(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    ++at_;
    BlankTo(end);
    ++at_;
  }

  void BlankRawString() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) return BlankTo(text_.size());
    const std::string close = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    BlankUntil(close, close.size());
  }

  std::string_view text_;
  std::string blanked_;
  std::size_t at_ = 0;
};

std::vector<std::string> SplitLines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

void AddFile(const std::filesystem::path& root, const std::filesystem::path& path,
             std::vector<SourceFile>& files) {
  files.push_back(MakeSourceFile(path.lexically_relative(root).generic_string(), ReadAll(path)));
}

void SortByPath(std::vector<SourceFile>& files) {
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
}

}  // namespace

std::string BlankCommentsAndLiterals(std::string_view text) { return Blanker(text).Run(); }

SourceFile MakeSourceFile(std::string path, std::string text) {
  SourceFile file;
  file.path = std::move(path);
  file.lines = SplitLines(text);
  file.code = SplitLines(BlankCommentsAndLiterals(text));
  file.text = std::move(text);
  return file;
}

std::vector<SourceFile> LoadFolder(const std::filesystem::path& root) {
  std::vector<SourceFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (entry.is_regular_file()) AddFile(root, entry.path(), files);
  }
  SortByPath(files);
  return files;
}

std::vector<SourceFile> LoadTree(const std::filesystem::path& root,
                                 const std::vector<std::string>& folders) {
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    if (!std::filesystem::is_directory(root / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      if (entry.is_regular_file()) AddFile(root, entry.path(), files);
    }
  }
  SortByPath(files);
  return files;
}

std::string_view TopFolder(std::string_view path) {
  const std::size_t slash = path.find('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

bool IsHeader(const SourceFile& file) { return file.path.ends_with(".h"); }
bool IsImplementation(const SourceFile& file) { return file.path.ends_with(".cc"); }
bool IsCode(const SourceFile& file) { return IsHeader(file) || IsImplementation(file); }

bool IsCMake(const SourceFile& file) {
  return file.path.ends_with("CMakeLists.txt") || file.path.ends_with(".cmake");
}

}  // namespace ringcached::style
