// A source file as the style rules see it, and the loading of the tree.

#ifndef RINGCACHED_TESTS_STYLE_SOURCE_FILE_H_
#define RINGCACHED_TESTS_STYLE_SOURCE_FILE_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ringcached::style {

struct SourceFile {
  std::string path;                // relative to the repository's root, with '/'
  std::string text;                // as it is on disk
  std::vector<std::string> lines;  // `text` without line ends
  // `lines` with every character of comments and of string and character literals replaced by a
  // space, so that rules about code do not see prose. Line and column stay the same.
  std::vector<std::string> code;
};

// Builds the file `path` from `text`.
SourceFile MakeSourceFile(std::string path, std::string text);

// Returns `text` with comments and the contents of literals blanked; line ends stay.
std::string BlankCommentsAndLiterals(std::string_view text);

// Returns every regular file below root/folder for each of `folders`, sorted by path. A folder that
// does not exist holds no file.
std::vector<SourceFile> LoadTree(const std::filesystem::path& root,
                                 const std::vector<std::string>& folders);

// Returns the regular files of `root` itself, sorted by path.
std::vector<SourceFile> LoadFolder(const std::filesystem::path& root);

// The top-level folder of a path: "storage" for "storage/cache.h", "" for "Makefile".
std::string_view TopFolder(std::string_view path);

bool IsHeader(const SourceFile& file);
bool IsImplementation(const SourceFile& file);
bool IsCode(const SourceFile& file);
bool IsCMake(const SourceFile& file);

}  // namespace ringcached::style

#endif  // RINGCACHED_TESTS_STYLE_SOURCE_FILE_H_
