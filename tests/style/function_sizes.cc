#include "tests/style/function_sizes.h"

#include <regex>
#include <string_view>
#include <utility>

namespace ringcached::style {
namespace {

enum class Brace {
  kScope,        // namespace, class, enum: functions may be inside
  kFunction,     // a function's body
  kInside,       // anything within a function's body
  kInitializer,  // of a member or a variable; the declaration goes on after it
};

Brace Classify(const std::string& head) {
  static const std::regex kFunctionEnd(
      R"(\(.*(\)|\}|\bconst|\bnoexcept|\boverride|\bfinal|->[^()]*)\s*$)");
  static const std::regex kScopeStart(
      R"(^\s*(template\s*<[^()]*>\s*)?(inline\s+)?(typedef\s+)?(namespace|class|struct|union|enum|extern)\b)");
  static const std::regex kAssigned(R"([^=!<>]=\s*[\w:<>]*\s*$)");
  if (std::regex_search(head, kAssigned)) return Brace::kInitializer;
  if (std::regex_search(head, kScopeStart)) return Brace::kScope;
  if (std::regex_search(head, kFunctionEnd)) return Brace::kFunction;
  return Brace::kInitializer;
}

std::string NameOf(const std::string& head) {
  static const std::regex kName(R"(([~\w:]*operator[^\w\s]+|[~\w:]+)\s*\()");
  std::smatch match;
  return std::regex_search(head, match, kName) ? match[1].str() : head;
}

// Follows the braces of a file; `head_` is what stands before the brace that comes next.
class Measurer {
 public:
  std::vector<FunctionSize> Run(const SourceFile& file) {
    for (line_ = 1; line_ <= file.code.size(); ++line_) ReadLine(file.code[line_ - 1]);
    return std::move(functions_);
  }

 private:
  void ReadLine(std::string_view line) {
    const bool directive = continued_ || IsDirective(line);
    continued_ = directive && line.ends_with('\\');
    if (directive) return;
    for (const char c : line) ReadCharacter(c);
    head_ += ' ';
  }

  static bool IsDirective(std::string_view line) {
    const std::size_t first = line.find_first_not_of(' ');
    return first != std::string_view::npos && line[first] == '#';
  }

  void ReadCharacter(char c) {
    if (c == '{') return Open();
    if (c == '}') return Close();
    head_ += c;
    const bool access_label = head_.ends_with("public:") || head_.ends_with("private:");
    if (c == ';' || access_label) head_.clear();
  }

  void Open() {
    const bool inside =
        !open_.empty() && (open_.back() == Brace::kFunction || open_.back() == Brace::kInside);
    const Brace kind = inside ? Brace::kInside : Classify(head_);
    open_.push_back(kind);
    if (kind == Brace::kFunction) functions_.push_back({NameOf(head_), line_, 0});
    if (kind != Brace::kInitializer) head_.clear();
  }

  void Close() {
    if (open_.empty()) return;
    const Brace kind = open_.back();
    open_.pop_back();
    if (kind == Brace::kFunction) {
      functions_.back().lines = line_ - functions_.back().first_line + 1;
    }
    if (kind == Brace::kInitializer) {
      head_ += '}';
    } else {
      head_.clear();
    }
  }

  std::vector<FunctionSize> functions_;
  std::vector<Brace> open_;
  std::string head_;
  std::size_t line_ = 0;
  bool continued_ = false;
};

}  // namespace

std::vector<FunctionSize> MeasureFunctions(const SourceFile& file) { return Measurer().Run(file); }

}  // namespace ringcached::style
